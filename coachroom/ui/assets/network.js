// @ts-check
// The browser's own signs that the network went away or came back.

/**
 * Calls `listener` at each change; returns the function that stops it.
 * @param {(online: boolean) => void} listener
 */
export function onNetworkChange(listener) {
  const back = () => listener(true);
  const gone = () => listener(false);
  window.addEventListener("online", back);
  window.addEventListener("offline", gone);
  return () => {
    window.removeEventListener("online", back);
    window.removeEventListener("offline", gone);
  };
}
