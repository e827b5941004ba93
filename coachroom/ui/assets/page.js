// @ts-check
// What a call needs to know of the page it runs in. Tests replace it.
import { onNetworkChange } from "./network.js";
import { soundPlays } from "./sound.js";

/** @typedef {typeof page} Page */

let blockedSockets = 0;
if (typeof document !== "undefined") {
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (/^wss?:/.test(blockedURI)) blockedSockets += 1;
  });
}

/** The browser's page. */
export const page = {
  /** A path of our server as a web socket's origin. @param {string} path */
  webSocketOrigin: (path) => location.origin.replace(/^http/, "ws") + path,

  /** How many web sockets the page's content policy has blocked so far. */
  blockedSockets: () => blockedSockets,

  /** Whether the page is out of sight. */
  hidden: () => document.visibilityState === "hidden",

  /** Whether this page can play sound now. */
  soundPlays,

  onNetworkChange,

  /** Whether the person has clicked on this page: before that, the browser plays no sound. */
  wasClicked: () => navigator.userActivation?.hasBeenActive !== false,

  /**
   * Calls `listener` when the page may have missed something: it was hidden, offline, or put away.
   * @param {() => void} listener
   * @returns {() => void} Stops listening.
   */
  onWake(listener) {
    const changes = () => document.visibilityState === "visible" && listener();
    const events = ["online", "pageshow"];
    for (const event of events) window.addEventListener(event, listener);
    document.addEventListener("visibilitychange", changes);
    return () => {
      for (const event of events) window.removeEventListener(event, listener);
      document.removeEventListener("visibilitychange", changes);
    };
  },

  /**
   * Calls `listener` when the page closes ("pagehide") or its tab is no longer in sight ("hidden").
   * @param {(why: "pagehide" | "hidden") => void} listener
   * @returns {() => void} Stops listening.
   */
  onHide(listener) {
    const closes = () => listener("pagehide");
    const changes = () => {
      if (document.visibilityState === "hidden") listener("hidden");
    };
    window.addEventListener("pagehide", closes);
    document.addEventListener("visibilitychange", changes);
    return () => {
      window.removeEventListener("pagehide", closes);
      document.removeEventListener("visibilitychange", changes);
    };
  },
};
