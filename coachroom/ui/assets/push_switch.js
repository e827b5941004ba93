// @ts-check
// A button by which this device shows notifications, or none any more. The browser asks for leave on the press alone.
import { pause, clock } from "./clock.js";
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { isApplePhone, onHomeScreen } from "./home_screen.js";
import { postJson } from "./http.js";
import { mountOnce } from "./mount.js";
import { BrowserPush, PushError, SENTENCE } from "./push_subscription.js";
import { applyTheme } from "./theme.js";
/** @import { PushSwitchData } from "./component_data.js" */
/** @import { PushBrowser, PushState } from "./push_subscription.js" */

/** @type {Record<PushState, string>} */
const SAYS = {
  on: "This device shows notifications.",
  off: "This device shows none.",
  blocked: SENTENCE.blocked,
  unsupported: "This browser cannot show notifications.",
  "not on the home screen":
    "On an iPhone or iPad, only an app on the home screen may show them: tap Share, then Add to Home Screen, and open it there.",
};

/** @type {PushBrowser} */
const BROWSER = {
  manager: async () => {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return null;
    return (await navigator.serviceWorker.ready).pushManager;
  },
  permission: () => Notification.permission,
  askPermission: () => Notification.requestPermission(),
  needsHomeScreen: () => isApplePhone() && !onHomeScreen(),
  post: (path, body) => postJson(path, JSON.stringify(body), ""),
  pause: (ms) => pause(clock, ms),
};

class PushSwitch {
  /** @type {BrowserPush | null} */
  #push = null;
  #on = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.says = el("p", { class: "cr-hint", role: "status" });
    this.problem = el("p", { class: "cr-problem", role: "alert", hidden: true });
    this.button = el("button", {
      type: "button",
      class: "cr-btn",
      hidden: true,
      onclick: () => this.#press(),
    });
    root.append(this.says, this.problem, this.button);
  }

  /** @param {{ data: PushSwitchData }} args */
  update({ data }) {
    applyTheme(this.root);
    if (this.#push) return;
    this.#push = new BrowserPush(BROWSER, data);
    this.#look();
  }

  dispose() {}

  async #look() {
    const state = await this.#push?.look();
    if (!state) return;
    this.#on = state === "on";
    setText(this.says, SAYS[state]);
    setText(this.button, this.#on ? "Show none on this device" : "Show notifications on this device");
    setHidden(this.button, state !== "on" && state !== "off");
  }

  async #press() {
    setDisabled(this.button, true);
    setHidden(this.problem, true);
    try {
      if (this.#on) await this.#push?.switchOff();
      else await this.#push?.switchOn();
    } catch (error) {
      setText(this.problem, error instanceof PushError ? error.message : SENTENCE.failed);
      setHidden(this.problem, false);
    }
    await this.#look();
    setDisabled(this.button, false);
  }
}

/** The component push_switch. */
export default mountOnce("push", (root) => new PushSwitch(root));
