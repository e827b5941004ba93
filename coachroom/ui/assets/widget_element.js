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
// One message of each; the widget tells them apart by side and colour alone.
const WHO_SPEAKS = {
  agent: `${TRANSCRIPT} .gap-6 > .pr-8:not(:has(> .animate-text))`,
  client: `${TRANSCRIPT} .gap-6 > .pl-16`,
};
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
 * The attributes of a widget that begins with these words; our build of the widget reads them from its config.
 * @param {WidgetAttributes} attributes
 * @param {object[]} earlier
 * @returns {WidgetAttributes}
 */
export function withEarlierWords(attributes, earlier) {
  if (!earlier.length) return attributes;
  const config = parsed(attributes["override-config"]);
  return { ...attributes, "override-config": JSON.stringify({ ...config, earlier }) };
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

// The room has its own start, mute, end and status: one of each is enough. What is hidden can still be pressed by script.
const HIDDEN = [
  'button[aria-label="Expand widget"]',
  'button[aria-label="Collapse widget"]',
  ".sheet > .shrink-0", // the header with a status of its own
  ".sheet > .origin-top-left", // the large picture
];

/** @param {WidgetLabels} labels */
function looks(labels) {
  const own = [labels.start_call, labels.end_call, labels.mute_microphone];
  const hidden = [...HIDDEN, ...own.map((label) => `button[aria-label=${JSON.stringify(label)}]`)];
  return `
    ${hidden.join(", ")} { display: none !important; }
    .overlay { inset: 0 !important; }
    .sheet { width: 100% !important; max-width: none !important; height: 100% !important;
      max-height: none !important; border-radius: 0 !important; box-shadow: none !important; }
    * { font-family: inherit !important; }
    ${TRANSCRIPT} { padding-top: 1rem; }
    ${TRANSCRIPT}:focus-visible { outline: 3px solid var(--el-accent); outline-offset: -3px; }
    ${TRANSCRIPT} .text-sm, textarea { font-size: var(--cr-captions, 1rem) !important;
      line-height: 1.45 !important; }
    ${TRANSCRIPT} .text-sm { min-width: 0; overflow-wrap: anywhere; }
    ${TRANSCRIPT} .gap-6 { gap: 1rem; }
    ${WHO_SPEAKS.agent}::before, ${WHO_SPEAKS.client}::before { position: absolute; width: 1px; height: 1px;
      overflow: hidden; clip-path: inset(50%); content: "Coach: "; }
    ${WHO_SPEAKS.client}::before { content: "You: "; }
    textarea { padding: 0.7rem 3.6rem 0.7rem 0.8rem !important; }
    textarea ~ .absolute { padding: 0 0.4rem 0.3rem !important; }
    @media (prefers-reduced-motion: reduce) {
      *, *::before, *::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
        transition-duration: 0.01ms !important; scroll-behavior: auto !important; }
    }`;
}

/**
 * Makes the widget's sheet fill its box with the words and the text box, and nothing that the room has already.
 * @param {HTMLElement} element
 * @param {WidgetLabels} labels
 */
export function dressWidget(element, labels) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(looks(labels));
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
 * In which language a screen reader says the words, and whether it reads new ones aloud: where the coach speaks, it
 * would talk over the coach.
 * @param {HTMLElement | null} element
 * @param {string} language
 * @param {boolean} aloud
 */
export function tellReaders(element, language, aloud) {
  const transcript = element?.shadowRoot?.querySelector(TRANSCRIPT);
  transcript?.setAttribute("lang", language);
  transcript?.setAttribute("aria-live", aloud ? "polite" : "off");
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
  textBox(element)?.focus();
}

/**
 * What is typed into the widget's text box and not sent.
 * @param {HTMLElement | null} element
 */
export function readDraft(element) {
  return textBox(element)?.value.trim() ?? "";
}

/**
 * Replaces what is in the widget's text box; false where there is none.
 * @param {HTMLElement | null} element
 * @param {string} text
 */
export function writeDraft(element, text) {
  const box = textBox(element);
  if (!box) return false;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

/** @param {HTMLElement | null} element */
function textBox(element) {
  return element?.shadowRoot?.querySelector("textarea");
}
