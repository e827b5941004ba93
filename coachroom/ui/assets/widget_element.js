// @ts-check
// The widget's element: its attributes, its buttons, its looks. All knowledge of its inside is here.
import { asset } from "./widget_loader.js";
/** @import { WidgetAttributes } from "./component_data.js" */

/** @typedef {typeof DEFAULT_LABELS} WidgetLabels */

const DEFAULT_LABELS = {
  start_call: "Start a call",
  end_call: "End",
  mute_microphone: "Mute microphone",
  input_label: "Text message input",
};

const TRANSCRIPT = ".overflow-y-auto:not(textarea)";
const AT_END_PX = 16; // so near the end the widget itself follows new words

/** @param {string | null | undefined} json */
function parsed(json) {
  try {
    return JSON.parse(json ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/**
 * The labels that the widget shows; its buttons carry no other mark to find them by.
 * @param {WidgetAttributes} attributes
 * @returns {WidgetLabels}
 */
export function labelsFrom(attributes) {
  return {
    ...DEFAULT_LABELS,
    ...parsed(attributes["override-config"]).text_contents,
    ...parsed(attributes["text-contents"]),
  };
}

/**
 * A new widget; it fills the portal.
 * @param {WidgetAttributes} attributes
 */
export function createWidget(attributes) {
  const element = document.createElement("elevenlabs-convai");
  writeAttributes(element, attributes);
  element.style.cssText = "position:absolute;inset:0;z-index:1";
  return element;
}

/**
 * Writes the attributes that differ. The widget reads them when a call starts, so they may change between calls.
 * @param {HTMLElement} element
 * @param {WidgetAttributes} attributes
 */
export function writeAttributes(element, attributes) {
  /** @type {WidgetAttributes} */
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

/**
 * Makes the widget's sheet fill its box, without the button that would collapse it.
 * @param {HTMLElement} element
 */
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
  const root = /** @type {ShadowRoot} */ (element.shadowRoot);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  keepLatestInSight(element);
}

/**
 * Scrolls the transcript to its end when the box has become lower and the end was in sight before. The widget scrolls
 * only when words are added, so a note that takes its height from the box would hide the latest words.
 * @param {HTMLElement} element
 * @param {typeof ResizeObserver} [Observer]
 */
export function keepLatestInSight(element, Observer = ResizeObserver) {
  let before = element.clientHeight;
  new Observer(() => {
    const lost = before - element.clientHeight;
    before = element.clientHeight;
    const transcript = element.shadowRoot?.querySelector(TRANSCRIPT);
    if (lost <= 0 || !transcript) return;
    const hidden = transcript.scrollHeight - transcript.clientHeight - transcript.scrollTop;
    if (hidden <= lost + AT_END_PX) transcript.scrollTop = transcript.scrollHeight;
  }).observe(element);
}

/**
 * @param {HTMLElement | null} element
 * @param {string} label
 * @returns {HTMLButtonElement | undefined}
 */
function findButton(element, label) {
  /** @type {Iterable<HTMLButtonElement>} */
  const buttons = element?.shadowRoot?.querySelectorAll("button[aria-label]") ?? [];
  return [...buttons].find((button) => button.getAttribute("aria-label") === label);
}

/**
 * The widget's button that starts a call, where it can be pressed.
 * @param {HTMLElement | null} element
 * @param {WidgetLabels} labels
 */
export function findStartButton(element, labels) {
  const button = findButton(element, labels.start_call);
  return button && !button.disabled ? button : null;
}

/**
 * Presses the widget's mute button where it shows something else; false where there is none.
 * @param {HTMLElement | null} element
 * @param {WidgetLabels} labels
 * @param {boolean} muted
 */
export function pressMute(element, labels, muted) {
  const button = findButton(element, labels.mute_microphone);
  if (button && (button.getAttribute("aria-pressed") === "true") !== muted) button.click();
  return Boolean(button);
}

/**
 * Puts the focus into the widget's text box.
 * @param {HTMLElement | null} element
 */
export function focusInput(element) {
  element?.shadowRoot?.querySelector("textarea")?.focus();
}
