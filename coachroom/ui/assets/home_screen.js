// @ts-check
// Whether this page runs as an app on a phone's home screen, and on which phone. No DOM.

/** Whether the page runs as an app on the home screen. */
export const onHomeScreen = () =>
  matchMedia("(display-mode: standalone)").matches || /** @type {any} */ (navigator).standalone === true;

/** Whether this is an iPhone or iPad, which says that it is a Mac. */
export const isApplePhone = ({ userAgent, maxTouchPoints } = navigator) =>
  /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes("Macintosh") && maxTouchPoints > 1);

/** Whether this is a device that one holds in the hand. */
export const isHandheld = () => matchMedia("(pointer: coarse) and (hover: none)").matches;

/** Where Safari opens this page, for an app on the home screen of an iPhone or iPad; null elsewhere. */
export const addressInSafari = () =>
  isApplePhone() && onHomeScreen() && location.protocol === "https:" ? `x-safari-${location.href}` : null;
