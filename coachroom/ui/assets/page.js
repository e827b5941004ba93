// @ts-check
// What a call needs to know of the page it runs in. Tests replace it.

/** @typedef {typeof page} Page */

/** The browser's page. */
export const page = {
  /** A path of our server as a web socket's origin. @param {string} path */
  webSocketOrigin: (path) => location.origin.replace(/^http/, "ws") + path,

  /** Whether the person has clicked on this page: before that, the browser plays no sound. */
  wasClicked: () => navigator.userActivation?.hasBeenActive !== false,

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
