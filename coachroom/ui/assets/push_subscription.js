// @ts-check
// Has this browser take notifications for whoever is signed in, or none any more. No DOM.

const MAX_SUBSCRIBE_MS = 5000; // without the internet a browser never answers

/** What the person is told. @typedef {"on" | "off" | "blocked" | "unsupported" | "not on the home screen"} PushState */

/**
 * What is needed of the browser; tests replace it.
 * @typedef {object} PushBrowser
 * @property {() => Promise<PushManagerLike | null>} manager Null where the browser has none.
 * @property {() => NotificationPermission} permission
 * @property {() => Promise<NotificationPermission>} askPermission
 * @property {() => boolean} needsHomeScreen Whether only an app on the home screen may show notifications.
 * @property {(path: string, body: object) => Promise<{ status: number, answer: any }>} post
 * @property {(ms: number) => Promise<void>} pause
 */

/** @typedef {Pick<PushManager, "getSubscription" | "subscribe">} PushManagerLike */

/** A sentence for the person. */
export class PushError extends Error {}

export const SENTENCE = {
  blocked:
    "You said no to notifications before: allow them in the browser's settings for this page, then try again.",
  slow: "Your browser's notification service did not answer. Check your connection, then try again.",
  failed: "Notifications could not be switched on. Try again in a moment; nothing else is affected.",
  kept: "The server could not be told. Try again in a moment.",
};

/** @param {ArrayBuffer | null} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** @param {string} text */
const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

/** What the server knows a browser by. @param {string} endpoint */
async function hashOf(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** This browser's subscription. It counts for whoever is signed in only where the server knows it as theirs. */
export class BrowserPush {
  /**
   * @param {PushBrowser} browser
   * @param {{ public_key: string, known: string[] }} server
   */
  constructor(browser, { public_key: publicKey, known }) {
    this.browser = browser;
    this.publicKey = publicKey;
    this.known = new Set(known);
  }

  /** What holds now. @returns {Promise<PushState>} */
  async look() {
    const { browser } = this;
    const manager = await browser.manager();
    if (!manager) return browser.needsHomeScreen() ? "not on the home screen" : "unsupported";
    if (browser.permission() === "denied") return "blocked";
    const subscription = await manager.getSubscription();
    return subscription && this.known.has(await hashOf(subscription.endpoint)) ? "on" : "off";
  }

  /** In a tap of the person's. Throws PushError. */
  async switchOn() {
    const { browser } = this;
    if ((await browser.askPermission()) !== "granted") throw new PushError(SENTENCE.blocked);
    const manager = await browser.manager();
    if (!manager) throw new PushError(SENTENCE.failed);
    const subscription = await Promise.race([this.#subscribe(manager), browser.pause(MAX_SUBSCRIBE_MS)]);
    if (!subscription) throw new PushError(SENTENCE.slow);
    await this.#tell(subscription);
    this.known.add(await hashOf(subscription.endpoint));
  }

  /** Throws PushError. */
  async switchOff() {
    const subscription = await (await this.browser.manager())?.getSubscription();
    if (!subscription) return;
    await this.#post("/push/unsubscribe", { endpoint: subscription.endpoint });
    this.known.delete(await hashOf(subscription.endpoint));
    await subscription.unsubscribe();
  }

  /** @param {PushManagerLike} manager */
  async #subscribe(manager) {
    const options = { userVisibleOnly: true, applicationServerKey: bytesOf(this.publicKey) };
    try {
      return await manager.subscribe(options);
    } catch {
      // Of another server's key, or of one that was replaced.
      await (await manager.getSubscription())?.unsubscribe();
    }
    try {
      return await manager.subscribe(options);
    } catch {
      throw new PushError(SENTENCE.failed);
    }
  }

  /** @param {PushSubscription} subscription */
  #tell(subscription) {
    const key = (/** @type {PushEncryptionKeyName} */ name) => base64url(subscription.getKey(name));
    return this.#post("/push/subscribe", {
      endpoint: subscription.endpoint,
      p256dh: key("p256dh"),
      auth: key("auth"),
    });
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  async #post(path, body) {
    const reply = await this.browser.post(path, body).catch(() => null);
    if (reply?.status !== 200) throw new PushError(reply?.answer?.error ?? SENTENCE.kept);
  }
}
