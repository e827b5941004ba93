import js from "@eslint/js";

const names = (list) => Object.fromEntries(list.split(" ").map((name) => [name, "readonly"]));

export default [
  {
    // Named one by one: anything else in those folders is built or another language's.
    ignores: [
      "**/widget.js",
      "**/rawAudioProcessor.js",
      "**/audioConcatProcessor.js",
      "**/libsamplerate.worklet.js",
    ],
  },
  {
    ...js.configs.recommended,
    files: ["coachroom/ui/assets/*.js", "tests/js/**/*.mjs", "tools/*.mjs", "*.mjs"],
    rules: {
      ...js.configs.recommended.rules,
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      "no-eval": "error",
      "no-console": "error",
      // Data goes into the page as text and never as markup.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML" },
        { property: "outerHTML" },
        { property: "insertAdjacentHTML" },
      ],
    },
  },
  {
    files: ["coachroom/ui/assets/*.js"],
    languageOptions: {
      globals: names(
        "window document location navigator localStorage customElements crypto fetch URL Blob TextEncoder " +
          "AbortSignal Audio AudioContext Element HTMLMediaElement performance RTCPeerConnection sessionStorage " +
          "MediaStream WebSocket MutationObserver ResizeObserver CSSStyleSheet CustomEvent Event ShadowRoot getComputedStyle " +
          "matchMedia requestAnimationFrame cancelAnimationFrame setTimeout clearTimeout setInterval clearInterval " +
          "queueMicrotask globalThis Request caches Notification atob btoa",
      ),
    },
  },
  {
    files: ["tests/js/**/*.mjs", "tools/*.mjs", "*.mjs"],
    languageOptions: {
      globals: names(
        "Buffer URL process setTimeout setImmediate structuredClone TextEncoder Event EventTarget",
      ),
    },
  },
];
