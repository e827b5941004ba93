// @ts-check
// Bundles the pinned ElevenLabs widget and lays its audio worklets beside it, so that everything
// the room runs comes from our own origin and the Content-Security-Policy needs no exception.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const assets = join(root, "coachroom", "ui", "assets");
const require = createRequire(import.meta.url);
const widget = require.resolve("@elevenlabs/convai-widget-core");
// The client is a dependency of the widget, wherever npm put it; its entry lies in dist/.
const client = dirname(createRequire(widget).resolve("@elevenlabs/client"));

// Browsers that cannot capture at a given sample rate need a resampler. The client hands the
// configured path to the input only; its output would fetch a CDN that our policy blocks.
/** @type {import("esbuild").Plugin} */
const localResampler = {
  name: "local-resampler",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]addLibsamplerateModule\.js$/ }, () => ({
      loader: "js",
      contents: `
        const own = new URL("libsamplerate.worklet.js", import.meta.url).href;
        export const addLibsamplerateModule = (context, path) => context.audioWorklet.addModule(path || own);`,
    }));
  },
};

// The client says at every start whether a call is text only, which ends calls of agents that do not allow it. It
// does so only where the page asks for it.
/** @type {import("esbuild").Plugin} */
const textOnlyWhereAsked = {
  name: "text-only-where-asked",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]utils[\\/]overrides\.js$/ }, async ({ path }) => {
      const said = "text_only: config.overrides.conversation?.textOnly";
      const source = await readFile(path, "utf8");
      if (!source.includes(said)) throw new Error(`${path} does not say ${said} any more`);
      const asked = "text_only: config.asksTextOnly ? config.overrides.conversation?.textOnly : undefined";
      return { loader: "js", contents: source.replace(said, asked) };
    });
  },
};

// The widget imports tools/room_client.mjs in place of its client library; that file imports the real one.
/** @type {import("esbuild").Plugin} */
const roomClient = {
  name: "room-client",
  setup({ onResolve, resolve }) {
    const ours = join(here, "room_client.mjs");
    const real = { resolveDir: dirname(widget), pluginData: "real" };
    onResolve({ filter: /^@elevenlabs\/client$/ }, ({ importer, kind, path, pluginData }) => {
      if (pluginData === "real") return undefined;
      return importer === ours ? resolve(path, { ...real, kind }) : { path: ours };
    });
  },
};

async function bundleWidget() {
  await build({
    stdin: {
      contents: `
        import { registerWidget } from "@elevenlabs/convai-widget-core";
        if (!customElements.get("elevenlabs-convai")) registerWidget();`,
      resolveDir: root,
    },
    outfile: join(assets, "widget.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "eof",
    alias: { react: "preact/compat", "react-dom": "preact/compat" },
    plugins: [roomClient, localResampler, textOnlyWhereAsked],
    logLevel: "warning",
  });
}

// The client keeps each worklet as a string handed to a loader function. Replace the loader with
// one that returns its arguments, import the result, and the source is there without parsing it.
/** @type {import("esbuild").Plugin} */
const sourceOfWorklet = {
  name: "source-of-worklet",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]createWorkletModuleLoader\.js$/ }, () => ({
      loader: "js",
      contents: "export const createWorkletModuleLoader = (name, source) => ({ name, source });",
    }));
  },
};

/** @param {string} name */
async function extractWorklet(name) {
  const { outputFiles } = await build({
    entryPoints: [join(client, "platform", "web", `${name}.generated.js`)],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [sourceOfWorklet],
    logLevel: "warning",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const worklet = Object.values(await import(`data:text/javascript;base64,${code}`))[0];
  if (worklet?.name !== name || !worklet.source?.includes(`registerProcessor("${name}"`)) {
    throw new Error(`The pinned client no longer carries the worklet ${name} where it used to.`);
  }
  await writeFile(join(assets, `${name}.js`), worklet.source);
}

async function copyResampler() {
  const folder = dirname(require.resolve("@alexanderolsen/libsamplerate-js"));
  await copyFile(join(folder, "libsamplerate.worklet.js"), join(assets, "libsamplerate.worklet.js"));
}

await mkdir(assets, { recursive: true });
await Promise.all([
  bundleWidget(),
  extractWorklet("rawAudioProcessor"),
  extractWorklet("audioConcatProcessor"),
  copyResampler(),
]);
