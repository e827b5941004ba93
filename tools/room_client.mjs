// @ts-check
// The widget starts a call without asking the page, and shows one that could not be started but reports it to nobody.
// This module wraps the widget's client library: it waits for config.beforeStart(options), which may still change the
// options, and reports a failure to the page: config.onStartFailed(error).
import { Conversation as Client } from "@elevenlabs/client";

export * from "@elevenlabs/client";

export const Conversation = {
  ...Client,
  /** @param {any} options The call's config. */
  async startSession(options) {
    try {
      // At once, or the widget would take words that are typed meanwhile for another start, and lose them.
      options.onStatusChange?.({ status: "connecting" });
      await options.beforeStart?.(options);
      return await Client.startSession(options);
    } catch (error) {
      options.onStatusChange?.({ status: "disconnected" });
      options.onStartFailed?.(error);
      throw error;
    }
  },
};
