// The widget shows a call that could not be started and tells nobody. This stands between the widget
// and its client library, and tells the page: config.onStartFailed(error).
import { Conversation as Client } from "@elevenlabs/client";

export * from "@elevenlabs/client";

export const Conversation = {
  ...Client,
  async startSession(options) {
    try {
      return await Client.startSession(options);
    } catch (error) {
      options.onStartFailed?.(error);
      throw error;
    }
  },
};
