// The widget's element: its attributes, its buttons, its looks. All knowledge of its inside is here.
import { asset } from "./widget_loader.js";

const DEFAULT_LABELS = {
  start_call: "Start a call",
  end_call: "End",
  mute_microphone: "Mute microphone",
  input_label: "Text message input",
};

function parsed(json) {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {};
  }
}

/** The labels the widget will show; its buttons carry no other mark to find them by. */
export function labelsFrom(attributes) {
  return {
    ...DEFAULT_LABELS,
    ...parsed(attributes["override-config"] ?? "{}").text_contents,
    ...parsed(attributes["text-contents"] ?? "{}"),
  };
}

export function createWidget(attributes) {
  const element = document.createElement("elevenlabs-convai");
  writeAttributes(element, attributes);
  element.style.cssText = "position:absolute;inset:0;z-index:1";
  return element;
}

/** Read by the widget at the start of a call, so they may change between calls. */
export function writeAttributes(element, attributes) {
  const all = {
    "always-expanded": "true",
    placement: "bottom",
    "show-conversation-id": "false",
    "worklet-path-raw-audio-processor": asset("rawAudioProcessor.js"),
    "worklet-path-audio-concat-processor": asset("audioConcatProcessor.js"),
    "worklet-path-libsamplerate": asset("libsamplerate.worklet.js"),
    ...attributes,
  };
  for (const [name, value] of Object.entries(all)) {
    if (value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

/** The sheet fills the box it is given, and cannot be blown up beyond it. */
export function dressWidget(element) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    button[aria-label="Expand widget"], button[aria-label="Collapse widget"] { display: none !important; }
    .overlay { inset: 0 !important; }
    .sheet { width: 100% !important; max-width: none !important; height: 100% !important;
      max-height: none !important; border-radius: 0 !important; box-shadow: none !important; }
    @media (prefers-reduced-motion: reduce) {
      *, *::before, *::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
        transition-duration: 0.01ms !important; scroll-behavior: auto !important; }
    }`);
  element.shadowRoot.adoptedStyleSheets = [...element.shadowRoot.adoptedStyleSheets, sheet];
}

const button = (element, label) =>
  [...(element?.shadowRoot?.querySelectorAll("button[aria-label]") ?? [])].find(
    (found) => found.getAttribute("aria-label") === label,
  );

export const startButton = (element, labels) => {
  const found = button(element, labels.start_call);
  return found && !found.disabled ? found : null;
};

export const muteButton = (element, labels) => button(element, labels.mute_microphone);

/** Presses the widget's mute button when it shows something else than wished; false when there is none. */
export function pressMute(element, labels, muted) {
  const found = muteButton(element, labels);
  if (found && (found.getAttribute("aria-pressed") === "true") !== muted) found.click();
  return Boolean(found);
}

export function focusInput(element) {
  element?.shadowRoot?.querySelector("textarea")?.focus();
}
