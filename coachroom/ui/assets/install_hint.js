// @ts-check
// Says once, on a phone, how the app gets on its home screen.
import { el, setHidden, setText } from "./dom.js";
import { isApplePhone, isHandheld, onHomeScreen } from "./home_screen.js";
import { mountOnce } from "./mount.js";
import { applyTheme } from "./theme.js";

const KEY = "coachroom.install_hint";
const HOW = {
  apple: "Tap Share, then Add to Home Screen.",
  offered: "It takes one tap, and no store.",
  menu: "Open your browser's menu, then choose Add to Home screen.",
};

/** What Chromium hands out where the app may be installed. @typedef {Event & { prompt: () => Promise<unknown> }} Offer */

/** @type {Offer | null} */
let offer = null;
/** @type {(() => void) | null} */
let offered = null;
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault(); // it comes from our button, and not by itself
  offer = /** @type {Offer} */ (event);
  offered?.();
});

const wasPutAway = () => {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // a browser that keeps nothing would show it for ever
  }
};

class InstallHint {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.how = el("p", { class: "cr-hint" });
    this.add = el(
      "button",
      { type: "button", class: "cr-btn", onclick: () => this.#add() },
      "Add to home screen",
    );
    const away = el(
      "button",
      { type: "button", class: "cr-btn", onclick: () => this.#putAway() },
      "Do not show again",
    );
    this.box = el(
      "section",
      { class: "cr-install", ariaLabel: "On your home screen", hidden: true },
      el("p", {}, "You can keep this room on your phone's home screen, like an app."),
      this.how,
      el("div", { class: "cr-actions" }, this.add, away),
    );
    root.append(this.box);
    offered = () => this.#render();
    this.#render();
  }

  update() {
    applyTheme(this.root);
  }

  dispose() {
    offered = null;
  }

  #render() {
    setHidden(this.box, !isHandheld() || onHomeScreen() || wasPutAway());
    setHidden(this.add, !offer);
    setText(this.how, isApplePhone() ? HOW.apple : offer ? HOW.offered : HOW.menu);
  }

  async #add() {
    await offer?.prompt();
    offer = null;
    this.#putAway();
  }

  #putAway() {
    try {
      localStorage.setItem(KEY, "away");
    } catch {
      // Then it is away as long as the page.
    }
    setHidden(this.box, true);
  }
}

/** The component install_hint. */
export default mountOnce("install-hint", (root) => new InstallHint(root));
