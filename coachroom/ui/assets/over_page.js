// @ts-check
// What covers the room when its session was ended elsewhere: after a sleep it takes Streamlit seconds to connect again
// and to draw the session's own page, and until then the room would look as if it went on.
import { el } from "./dom.js";
import { applyTheme } from "./theme.js";

const MAX_WAIT_MS = 3000;
const LOOK_EVERY_MS = 50;

/** The cover, until the session's own page is there. */
export class OverPage {
  /** @type {HTMLElement | null} */
  #cover = null;
  /** @type {number | undefined} */
  #timer = undefined;

  /**
   * Covers the page, and goes to the session's page by itself where nothing else does.
   * @param {{ sentence: string, address: string, near: Element }} over near: an element with the page's theme.
   */
  show({ sentence, address, near }) {
    if (this.#cover) return;
    const title = el("h1", { tabindex: "-1" }, "Your session is over");
    const link = el("a", { href: address }, "Go to your session");
    this.#cover = el("section", { class: "coachroom-over", ariaLabel: "Your session is over" });
    this.#cover.append(title, el("p", {}, `${sentence} Camera and microphone are off.`), link);
    this.#dress(near);
    document.body.append(this.#cover);
    title.focus();
    this.#wait(location.pathname, Date.now() + MAX_WAIT_MS, address);
  }

  /** @param {Element} near */
  #dress(near) {
    if (!this.#cover) return;
    const { background, text, font } = applyTheme(/** @type {HTMLElement} */ (near));
    // z-index: above Streamlit's header and sidebar.
    this.#cover.style.cssText =
      "position:fixed;inset:0;z-index:1000000;display:grid;align-content:center;justify-items:center;gap:1rem;" +
      `padding:1.5rem;text-align:center;background:${background};color:${text};font-family:${font}`;
    for (const part of this.#cover.querySelectorAll("h1, a"))
      /** @type {HTMLElement} */ (part).style.cssText = "color:inherit;outline-offset:4px";
  }

  /**
   * @param {string} path The room's own.
   * @param {number} until When this page goes there by itself.
   * @param {string} address
   */
  #wait(path, until, address) {
    if (location.pathname !== path) this.hide();
    else if (Date.now() > until) location.assign(address);
    else this.#timer = setTimeout(() => this.#wait(path, until, address), LOOK_EVERY_MS);
  }

  hide() {
    clearTimeout(this.#timer);
    this.#cover?.remove();
    this.#cover = null;
  }
}
