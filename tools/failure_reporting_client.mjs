// @ts-check
// The widget shows a call that could not be started but reports it to nobody. This module wraps the
// widget's client library and reports the failure to the page: config.onStartFailed(error).
import { Conversation as Client } from "@elevenlabs/client";

export * from "@elevenlabs/client";

export const Conversation = {
  ...Client,
  /** @param {any} options The call's config. */
  async startSession(options) {
    try {
      return await Client.startSession(options);
    } catch (error) {
      options.onStartFailed?.(error);
      throw error;
    }
  },
};
