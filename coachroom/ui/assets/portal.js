// The widget ends its call when its element leaves the document, and Streamlit re-creates elements
// as it likes. So the widget lives outside what Streamlit manages, and follows a placeholder.
import { el } from "./dom.js";

/** The rectangle within the border, so that the placeholder frames the widget. */
function inside(box) {
  const { left, top, width, height } = box.getBoundingClientRect();
  return {
    left: left + box.clientLeft,
    top: top + box.clientTop,
    // Not clientWidth: it is rounded, and would cover the border.
    width: width - (box.offsetWidth - box.clientWidth),
    height: height - (box.offsetHeight - box.clientHeight),
  };
}

export class Portal {
  #x = 0;
  #y = 0;
  #shown = null;
  #frame = 0;

  constructor({ label }) {
    this.node = el("div", { class: "coachroom-portal", role: "region", ariaLabel: label });
    // z-index 5: above the page, below Streamlit's header, sidebar drawer and dialogs.
    this.node.style.cssText =
      "position:absolute;left:0;top:0;z-index:5;overflow:hidden;contain:layout paint;visibility:hidden";
  }

  /** Once: moving the node later would end the call. */
  open(near) {
    const main = near.closest?.('[data-testid="stMainBlockContainer"]');
    (main ?? document.body).append(this.node);
    const follow = () => {
      this.#follow();
      this.#frame = requestAnimationFrame(follow);
    };
    follow();
  }

  /** box() → the placeholder in the component of the moment, or null. */
  set anchor(box) {
    this.box = box;
    this.#follow();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.node.remove();
  }

  #follow() {
    const box = this.box;
    const target = box?.isConnected ? inside(box) : null;
    const visible = Boolean(target && target.width > 0 && target.height > 0);
    const { style } = this.node;
    if (visible !== this.#shown) {
      this.#shown = visible;
      style.visibility = visible ? "visible" : "hidden";
    }
    if (!visible || !this.node.isConnected) return;
    // Correcting by the difference needs no knowledge of what scrolls or what is positioned.
    const here = this.node.getBoundingClientRect();
    const moved = Math.abs(target.left - here.left) > 0.25 || Math.abs(target.top - here.top) > 0.25;
    if (moved) {
      this.#x += target.left - here.left;
      this.#y += target.top - here.top;
      style.left = `${this.#x}px`;
      style.top = `${this.#y}px`;
    }
    if (Math.abs(target.width - here.width) > 0.25) style.width = `${target.width}px`;
    if (Math.abs(target.height - here.height) > 0.25) style.height = `${target.height}px`;
  }
}
