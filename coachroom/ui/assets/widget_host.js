// @ts-check
// Holds the widget: puts it over its placeholder, replaces it, and gives it attributes and colours.
import { pause } from "./clock.js";
import { Portal } from "./portal.js";
import { widgetColours } from "./theme.js";
import * as widget from "./widget_element.js";
/** @import { Clock } from "./clock.js" */
/** @import { WidgetAttributes } from "./component_data.js" */
/** @import { Theme } from "./theme.js" */

const MAX_START_WAIT_MS = 5000;
const START_POLL_MS = 25;
const MAX_MUTE_WAIT_MS = 2000;
const MUTE_POLL_MS = 50;

/**
 * Where the widget is to be: `box` is its placeholder, `host` the element of the page that holds the box.
 * @typedef {{ box: HTMLElement, host: Element }} Place
 */

/**
 * What makes the widget's elements; tests replace it.
 * @typedef {object} WidgetFactory
 * @property {() => Portal} createPortal
 * @property {(attributes: WidgetAttributes) => HTMLElement} createWidget
 * @property {typeof widget.dressWidget} dressWidget
 */

/** @type {WidgetFactory} */
const BROWSER = {
  createPortal: () => new Portal({ label: "Conversation with the coach" }),
  createWidget: widget.createWidget,
  dressWidget: widget.dressWidget,
};

/** The page's one widget, which outlives the component it is shown in. */
export class WidgetHost {
  /** @type {Portal | null} */
  #portal = null;
  /** @type {HTMLElement | null} */
  #element = null;
  /** @type {Place | null} */
  #place = null;
  /** @type {Theme | null} */
  #theme = null;
  #dressedIn = "";
  /** What the widget's text box is to hold. */
  #draft = "";
  /** @type {object[]} The words that the widget began with. */
  #earlier = [];

  /**
   * @param {object} parts
   * @param {() => WidgetAttributes} parts.attributes Read whenever they may have changed.
   * @param {() => object[]} parts.earlier What was said so far, as the widget keeps it: each widget and each call begins with it.
   * @param {{ rem: number }} parts.captions How large the words are.
   * @param {(config: Record<string, any>) => void} parts.onCall Gets each call's config before the call starts.
   * @param {Clock} parts.clock
   * @param {WidgetFactory} [parts.factory]
   */
  constructor({ attributes, earlier, captions, onCall, clock, factory = BROWSER }) {
    this.attributes = attributes;
    this.earlier = earlier;
    this.captions = captions;
    this.onCall = onCall;
    this.clock = clock;
    this.factory = factory;
  }

  /** Whether there is a widget. */
  get mounted() {
    return this.#element !== null;
  }

  /**
   * Shows the widget in another place from now on.
   * @param {Place} place
   */
  moveTo(place) {
    this.#place = place;
    if (this.#portal) this.#portal.anchor = place.box;
    this.updateAttributes();
  }

  /** Creates the widget where there is none; `moveTo` comes first. */
  mount() {
    if (this.#element || !this.#place) return;
    const portal = (this.#portal ??= this.factory.createPortal());
    if (!portal.node.isConnected) portal.open(this.#place.host);
    this.#earlier = this.earlier();
    const element = this.factory.createWidget(this.#allAttributes());
    element.addEventListener("elevenlabs-convai:call", (event) => {
      const { config } = /** @type {CustomEvent} */ (event).detail;
      config.earlier = this.earlier(); // read by our build of the widget
      this.onCall(config);
    });
    portal.node.append(element);
    this.factory.dressWidget(element, this.#labels);
    this.#element = element;
    this.showCaptions();
    this.#dressedIn = "";
    if (this.#theme) this.dress(this.#theme);
    portal.anchor = this.#place.box;
  }

  /** Replaces the widget by a new one, with what is in its text box. */
  remount() {
    if (!this.#element) return;
    this.#draft ||= widget.readDraft(this.#element);
    this.#element.remove();
    this.#element = null;
    this.mount();
    this.#writeDraft();
  }

  /**
   * Gives the client words back: they stand in the text box, before what is there.
   * @param {string} text
   */
  giveBack(text) {
    this.#draft = [text, this.#draft || widget.readDraft(this.#element)].filter(Boolean).join("\n");
    this.#writeDraft();
  }

  close() {
    this.#portal?.close();
  }

  /** Writes the attributes as they are now; a call that is under way does not read them. */
  updateAttributes() {
    if (this.#element) widget.writeAttributes(this.#element, this.#allAttributes());
  }

  /** The same words as long as the widget lives: other ones would be another config. */
  #allAttributes() {
    return widget.withEarlierWords(this.attributes(), this.#earlier);
  }

  /** Shows the words in the size that is chosen now. */
  showCaptions() {
    this.#element?.style.setProperty("--cr-captions", `${this.captions.rem}rem`);
  }

  /**
   * Gives the widget the colours of the page, where they have changed.
   * @param {Theme} theme
   */
  dress(theme) {
    this.#theme = theme;
    const colours = JSON.stringify(theme);
    if (!this.#element || !this.#portal || colours === this.#dressedIn) return;
    this.#dressedIn = colours;
    for (const [name, value] of Object.entries(widgetColours(theme)))
      this.#element.style.setProperty(name, value);
    this.#element.style.fontFamily = theme.font;
    this.#portal.node.style.borderRadius = theme.radius;
  }

  /**
   * Presses the widget's start button once it is there; false where it does not come.
   * @param {() => boolean} begun Whether the call has begun without it.
   */
  async pressStart(begun = () => false) {
    for (let waited = 0; waited < MAX_START_WAIT_MS; waited += START_POLL_MS) {
      if (begun()) return true;
      const button = widget.findStartButton(this.#element, this.#labels);
      if (button) {
        button.click();
        return true;
      }
      await pause(this.clock, START_POLL_MS);
    }
    return false;
  }

  /**
   * Presses the widget's mute button where it shows something else; false where there is none.
   * @param {boolean} muted
   */
  pressMute(muted) {
    return widget.pressMute(this.#element, this.#labels, muted);
  }

  /**
   * Makes the widget show that the microphone is muted: it draws each new call unmuted.
   * @param {() => boolean} stillMuted
   */
  async showMuted(stillMuted) {
    for (let waited = 0; waited < MAX_MUTE_WAIT_MS && stillMuted(); waited += MUTE_POLL_MS) {
      if (this.pressMute(true)) return;
      await pause(this.clock, MUTE_POLL_MS);
    }
  }

  /** Writes the draft as soon as there is a text box. */
  async #writeDraft() {
    for (let waited = 0; waited < MAX_START_WAIT_MS && this.#draft; waited += START_POLL_MS) {
      if (widget.writeDraft(this.#element, this.#draft)) this.#draft = "";
      else await pause(this.clock, START_POLL_MS);
    }
  }

  /**
   * Tells screen readers the language of the words, and whether to read new ones aloud.
   * @param {string} language
   * @param {boolean} aloud
   */
  tellReaders(language, aloud) {
    widget.tellReaders(this.#element, language, aloud);
  }

  /** Puts the focus into the widget's text box. */
  focusInput() {
    widget.focusInput(this.#element);
  }

  get #labels() {
    return widget.labelsFrom(this.attributes());
  }
}
