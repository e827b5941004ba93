// @ts-check
// The widget starts a call without asking the page, and shows one that could not be started but reports it to nobody.
// This module wraps the widget's client library: it waits for config.beforeStart(options), which may still change the
// options, and reports a failure to the page: config.onStartFailed(error). What is typed while a call starts has nobody
// to go to yet, so the page takes it: config.onTypedEarly(text).
import { Conversation as Client } from "@elevenlabs/client";

export * from "@elevenlabs/client";

/** @type {any} The options of the call that starts now. */
let starting = null;

export const Conversation = {
  ...Client,
  /** @param {any} options The call's config. */
  async startSession(options) {
    starting = options;
    try {
      // At once, or the widget would take words that are typed meanwhile for another start, and lose them.
      options.onStatusChange?.({ status: "connecting" });
      if (options.typedFirst) options.onTypedEarly?.(options.typedFirst);
      await options.beforeStart?.(options);
      return await Client.startSession(options);
    } catch (error) {
      options.onStatusChange?.({ status: "disconnected" });
      options.onStartFailed?.(error);
      throw error;
    } finally {
      if (starting === options) starting = null;
    }
  },
};

/**
 * Called by our build of the widget for what is typed.
 * @param {{ sendUserMessage: (text: string) => void } | null} conversation The widget's last one: over, where a call starts.
 * @param {string} text
 */
export function sendTyped(conversation, text) {
  if (starting) starting.onTypedEarly?.(text);
  else conversation?.sendUserMessage(text);
}
