// @ts-check
// Where people find help at once: a quiet button, and a panel that opens by itself after words of danger.
import { el, setHidden, setText } from "./dom.js";
import { mountOnce } from "./mount.js";
import { onHelpNeeded } from "./registry.js";
import { applyTheme } from "./theme.js";
/** @import { HelpLineData, HelpNowData } from "./component_data.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const TITLE = "Help now";
const NEEDED =
  "What you said sounds hard. You need not go through it alone: people are there to talk to, right now.";

// Kept by the page, since the button may be drawn anew in the very moment of the words: how often the client has
// written words of danger, and whether the help that this opened still stands there.
let seen = 0;
let stands = false;

/** @implements {Component<HelpNowData>} */
class HelpNow {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.button = el("button", { type: "button", class: "cr-help-button", ariaExpanded: "false" }, TITLE);
    this.button.addEventListener("click", () => (this.open ? this.hide() : this.show({ needed: false })));
    this.needed = el("p", { class: "cr-help-needed", role: "alert" });
    this.emergency = el("p");
    this.lines = el("ul");
    this.more = el("a", { target: "_blank" }, "Lines in other countries");
    this.close = el("button", { type: "button", class: "cr-help-close" }, "Close");
    this.close.addEventListener("click", () => this.hide());
    this.panel = el(
      "section",
      { class: "cr-help-panel", popover: "manual", ariaLabel: TITLE, tabindex: "-1" },
      this.needed,
      this.emergency,
      this.lines,
      el("p", {}, this.more),
      this.close,
    );
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
    root.append(this.button, this.panel);
    this.stopListening = onHelpNeeded(() => this.show({ needed: true }));
  }

  get open() {
    return this.button.getAttribute("aria-expanded") === "true";
  }

  /** @param {ComponentArgs<HelpNowData>} args */
  update({ data }) {
    applyTheme(this.root);
    setText(this.emergency, `In danger right now? Call ${data.emergency} (${data.country}).`);
    this.lines.replaceChildren(...data.lines.map(line));
    this.more.setAttribute("href", data.more);
    if (data.needed > seen) stands = true;
    seen = data.needed;
    if (stands && !this.open) this.show({ needed: true });
  }

  /** The focus stays where somebody speaks or types. @param {{ needed: boolean }} why */
  show({ needed }) {
    stands = needed;
    setHidden(this.needed, !needed);
    this.button.setAttribute("aria-expanded", "true");
    if (!this.panel.matches(":popover-open")) this.panel.showPopover();
    // Only what changes while it is shown is announced.
    setText(this.needed, needed ? NEEDED : "");
    if (!needed) this.panel.focus();
  }

  hide() {
    stands = false;
    const hadFocus = this.panel.matches(":focus-within");
    this.button.setAttribute("aria-expanded", "false");
    if (this.panel.matches(":popover-open")) this.panel.hidePopover();
    setText(this.needed, "");
    if (hadFocus) this.button.focus();
  }

  dispose() {
    this.stopListening();
  }
}

/** @param {HelpLineData} data */
function line({ name, phone, dialled, web, note }) {
  const place = web ? el("a", { href: web, target: "_blank", rel: "noreferrer" }, name) : name;
  const number = phone ? el("a", { href: `tel:${dialled}` }, phone) : null;
  return el("li", {}, place, number && ": ", number, note && ` (${note})`);
}

/** The component help_now. */
export default mountOnce("help", (root) => new HelpNow(root));
