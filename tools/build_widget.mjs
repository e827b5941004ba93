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
      const said = /text_only: (config\.overrides\.conversation\?\.textOnly)/;
      return {
        loader: "js",
        contents: await edited(path, [[said, "text_only: config.asksTextOnly ? $1 : undefined"]]),
      };
    });
  },
};

// A start that hangs looks alike wherever it hangs. The page is told when the agent's server was asked to begin the call,
// when it began it, and that it sends something.
/** @type {import("esbuild").Plugin} */
const tellsWhenAsked = {
  name: "tells-when-asked",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]utils[\\/]WebSocketConnection\.js$/ }, async ({ path }) => ({
      loader: "js",
      contents: await edited(path, [
        [/socket\?\.send\(JSON\.stringify\(overridesEvent\)\);/, "$& config.onAskedToBegin?.();"],
        [/resolve\(message\.conversation_initiation_metadata_event\);/, "$& config.onBegun?.();"],
        [
          /const inputFormat = parseFormat\(user_input_audio_format/,
          'socket.addEventListener("message", () => config.onHeard?.()); $&',
        ],
        // A connection that is closing still gets pings, and browsers complain of each answer.
        [
          /this\.socket\.send\(JSON\.stringify\(message\)\);/,
          "if (this.socket.readyState < WebSocket.CLOSING) $&",
        ],
      ]),
    }));
  },
};

// Who enters muted is muted before the first sound is sent, and a mute holds for what was recorded and not sent.
/** @type {import("esbuild").Plugin} */
const gatedMicrophone = {
  name: "gated-microphone",
  setup({ onLoad }) {
    const gate = JSON.stringify(join(here, "microphone_gate.mjs"));
    onLoad({ filter: /[\\/]utils[\\/]attachInputToConnection\.js$/ }, async ({ path }) => ({
      loader: "js",
      contents: await edited(path, [
        [/^/, `import { passing } from ${gate};\n`],
        [/= (event\.data\[0\]);/, "= passing($1, input);"],
      ]),
    }));
    onLoad({ filter: /[\\/]web[\\/]VoiceSessionSetup\.js$/ }, async ({ path }) => ({
      loader: "js",
      contents: await edited(path, [
        [/const detachInput = /, "if (options.startsMuted?.()) await input.setMuted(true); $&"],
      ]),
    }));
  },
};

// A goodbye is heard to its end.
/** @type {import("esbuild").Plugin} */
const heardToTheEnd = {
  name: "heard-to-the-end",
  setup({ onLoad }) {
    const last = JSON.stringify(join(here, "last_words.mjs"));
    onLoad({ filter: /[\\/]dist[\\/]BaseConversation\.js$/ }, async ({ path }) => ({
      loader: "js",
      contents: await edited(path, [
        [/^/, `import { lastWords } from ${last};\n`],
        [
          /endSessionWithDetails = async \(details\) => \{/,
          "$& const heard = lastWords(this, details); if (heard) await heard;",
        ],
      ]),
    }));
  },
};

// The widget sends what is typed while a call starts to no conversation or to the last one, and the words that start a
// call at a moment of its own. Both go through tools/room_client.mjs.
/** @type {[RegExp, string][]} */
const TYPED_WORDS = [
  [/^/, 'import { sendTyped } from "@elevenlabs/client";\n'],
  [/(\w+\.current)\?\.sendUserMessage\((\w+)\)/, "sendTyped($1, $2)"],
  [/(startSession: async \(\w+, (\w+)\) => [^]*?\.startSession\(\{)/, "$1 typedFirst: $2,"],
  [/setTimeout\(\(\) => \w+\.sendUserMessage\(\w+\), 100\)/, "undefined"],
];

// A new widget begins with the words that its config hands it, and so does each call: the widget would forget them.
/** @type {[RegExp, string][]} */
const EARLIER_WORDS = [
  [/(Zi\(\), (\w+) = ca\(\)[^]*?, \w+ = \w+)\(\[\]\)(, \w+ = \w+\(0\), )/, "$1($2.peek().earlier ?? [])$3"],
  [
    /( = (\w+)\.textOnly \?\? !1, (\w+)\.value = )(\w+) \? (\[\{\s+type: "message",\s+role: "user",[^\]]+\]) : \[\]/,
    "$1[...($2.earlier ?? []), ...($4 ? $5 : [])]",
  ],
];

// What was said can be named, focused and scrolled by keyboard. New words are in sight at once: the widget glides to them,
// and what makes it lower meanwhile hides them. Who goes up to earlier words, by whatever means, stays there.
/** @type {[RegExp, string][]} */
const TRANSCRIPT = [
  [/behavior: "smooth"/, 'behavior: "instant"'],
  [
    /(scrollTop: (\w+), scrollHeight: (\w+), clientHeight: (\w+) \} = (\w+);)\s+\3 - \2 - \4 <= (\w+) && \((\w+)\.value = !0\)/,
    `$1
    const hidden = $3 - $2 - $4;
    if ($2 < ($5.lastTop ?? 0)) $7.value = $7.peek() && hidden <= 1;
    else if (hidden <= $6) $7.value = true;
    $5.lastTop = $2`,
  ],
  [
    /(className: "px-4 pt-20 pb-4 grow overflow-y-auto z-2",)/,
    'role: "log", "aria-live": "off", "aria-label": "What was said", tabIndex: 0, $1',
  ],
];

/** @type {import("esbuild").Plugin} */
const ownWidget = {
  name: "own-widget",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]convai-widget-core[\\/]dist[\\/]index\.js$/ }, async ({ path }) => ({
      loader: "js",
      contents: await edited(path, [...TYPED_WORDS, ...EARLIER_WORDS, ...TRANSCRIPT]),
    }));
  },
};

/**
 * A pinned file with some of its code replaced; throws where one of the patterns is not there exactly once.
 * @param {string} path
 * @param {[RegExp, string][]} replacements
 */
async function edited(path, replacements) {
  let source = await readFile(path, "utf8");
  for (const [pattern, replacement] of replacements) {
    const found = source.match(new RegExp(pattern, "g"))?.length ?? 0;
    if (found !== 1) throw new Error(`${path} has ${pattern} ${found} times instead of once.`);
    source = source.replace(pattern, replacement);
  }
  return source;
}

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
    plugins: [
      roomClient,
      localResampler,
      textOnlyWhereAsked,
      tellsWhenAsked,
      gatedMicrophone,
      heardToTheEnd,
      ownWidget,
    ],
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
