// @ts-check
// Keeps the widget outside what Streamlit manages, over a placeholder in the component: the widget ends its call
// when its element leaves the document, and Streamlit re-creates elements.
import { el } from "./dom.js";

const MIN_MOVE_PX = 0.25;

/** The rectangle within the border, so that the placeholder frames the widget. @param {HTMLElement} box */
function innerRectangle(box) {
  const { left, top, width, height } = box.getBoundingClientRect();
  return {
    left: left + box.clientLeft,
    top: top + box.clientTop,
    // Not clientWidth: it is rounded, and the widget would cover the border. A border is painted on whole pixels.
    width: width - (box.offsetWidth - box.clientWidth),
    height: Math.floor(top + height) - top - (box.offsetHeight - box.clientHeight),
  };
}

/** An element that follows its anchor: on every frame it takes the anchor's place and size. */
export class Portal {
  /** @type {HTMLElement | null} */
  #anchor = null;
  #x = 0;
  #y = 0;
  /** @type {boolean | null} */
  #visible = null;
  #frame = 0;

  /** @param {{ label: string }} names label: the region's accessible name. */
  constructor({ label }) {
    this.node = el("div", { class: "coachroom-portal", role: "region", ariaLabel: label });
    // z-index 5: above the page, below Streamlit's header, sidebar drawer and dialogs.
    this.node.style.cssText =
      "position:absolute;left:0;top:0;z-index:5;overflow:hidden;contain:layout paint;visibility:hidden";
  }

  /**
   * Puts the node into the page, once: moving it later would end the call.
   * @param {Element} near An element of the page's main block.
   */
  open(near) {
    const main = near.closest('[data-testid="stMainBlockContainer"]');
    (main ?? document.body).append(this.node);
    const follow = () => {
      this.#follow();
      this.#frame = requestAnimationFrame(follow);
    };
    follow();
  }

  /** @param {HTMLElement} box The placeholder to follow from now on. */
  set anchor(box) {
    this.#anchor = box;
    this.#follow();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.node.remove();
  }

  #follow() {
    const target = this.#anchor?.isConnected ? innerRectangle(this.#anchor) : null;
    const visible = Boolean(target && target.width > 0 && target.height > 0);
    const { style } = this.node;
    if (visible !== this.#visible) {
      this.#visible = visible;
      style.visibility = visible ? "visible" : "hidden";
    }
    if (!target || !visible || !this.node.isConnected) return;
    // Correcting by the difference needs no knowledge of what scrolls or what is positioned.
    const here = this.node.getBoundingClientRect();
    if (differs(target.left, here.left) || differs(target.top, here.top)) {
      this.#x += target.left - here.left;
      this.#y += target.top - here.top;
      style.left = `${this.#x}px`;
      style.top = `${this.#y}px`;
    }
    if (differs(target.width, here.width)) style.width = `${target.width}px`;
    if (differs(target.height, here.height)) style.height = `${target.height}px`;
  }
}

/** @type {(one: number, other: number) => boolean} */
const differs = (one, other) => Math.abs(one - other) > MIN_MOVE_PX;
