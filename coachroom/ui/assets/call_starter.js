// @ts-check
// Starts calls: loads the widget, gets a signed address where one is needed, presses the widget's button, and
// gives up on a call that does not connect.
import { BudgetSpentError, SessionGoneError } from "./call_briefing.js";
import { listDevices, savedDevices } from "./devices.js";
import { LOST, PROBLEM, REFUSED } from "./messages.js";
import { loadWidget } from "./widget_loader.js";
/** @import { Bridge } from "./bridge.js" */
/** @import { CallBriefing } from "./call_briefing.js" */
/** @import { ClientTools } from "./client_tools.js" */
/** @import { Clock } from "./clock.js" */
/** @import { AgentBoxData } from "./component_data.js" */
/** @import { Page } from "./page.js" */
/** @import { SignedUrl } from "./signed_url.js" */
/** @import { WidgetHost } from "./widget_host.js" */

const MAX_CONNECT_MS = 20_000;
const LOOK_FOR_SOUND_MS = 5000; // a call that has not connected by then may be waiting for a sound system that stands still
const MICROPHONE_ERRORS = new Set([
  "NotAllowedError",
  "NotFoundError",
  "NotReadableError",
  "OverconstrainedError",
]);

/** The page cannot play sound. */
class SilentPageError extends Error {}

/**
 * What the browser does for a start; tests replace it.
 * @typedef {object} StartBrowser
 * @property {() => Promise<unknown>} loadWidget
 * @property {() => Promise<{ microphones: { id: string }[], speakers: { id: string }[] }>} listDevices
 * @property {() => { speaker_id?: string | null }} savedDevices
 */

/** Brings one call after the other from "not started" to "connecting". */
export class CallStarter {
  #loading = true;
  #starting = false;
  #closed = false;
  #mayAutostart = true;
  #blockedBefore = 0;
  /** @type {string | null} */
  #problem = null;
  /** @type {number | null} */
  #retryTimer = null;
  /** @type {number | null} */
  #connectTimer = null;
  /** @type {number | null} */
  #soundTimer = null;
  /** @type {Set<string>} The ids of all microphones and loudspeakers. */
  #known = new Set();

  /**
   * @param {object} parts
   * @param {() => AgentBoxData} parts.data
   * @param {Bridge} parts.bridge
   * @param {WidgetHost} parts.widget
   * @param {SignedUrl} parts.signedUrl
   * @param {() => Promise<CallBriefing>} parts.brief What a call that starts now is told.
   * @param {ClientTools} parts.tools
   * @param {Clock} parts.clock
   * @param {Page} parts.page
   * @param {() => void} parts.onChange Called when loading, starting or problem has changed.
   * @param {(sentence: string) => void} parts.onGone Called when the session does not exist.
   * @param {StartBrowser} [parts.browser]
   */
  constructor({
    data,
    bridge,
    widget,
    signedUrl,
    brief,
    tools,
    clock,
    page,
    onChange,
    onGone,
    browser = { loadWidget, listDevices, savedDevices },
  }) {
    this.data = data;
    this.bridge = bridge;
    this.widget = widget;
    this.signedUrl = signedUrl;
    this.brief = brief;
    this.tools = tools;
    this.clock = clock;
    this.page = page;
    this.onChange = onChange;
    this.onGone = onGone;
    this.browser = browser;
  }

  /** Whether the widget or the permission for a call is still awaited. */
  get loading() {
    return this.#loading;
  }

  /** Whether the person has pressed start and the call does not connect yet. */
  get starting() {
    return this.#starting;
  }

  /** Why there is no call, as a sentence; null where nothing is wrong. */
  get problem() {
    return this.#problem;
  }

  /** Loads the widget and, where one is needed, the signed address. Then starts the call if it is to start by itself. */
  async open() {
    this.#problem = null;
    this.#loading = true;
    this.onChange();
    try {
      await Promise.all([this.browser.loadWidget(), this.#listDevices()]);
    } catch {
      this.#loading = false;
      this.#show(PROBLEM.load);
      return;
    }
    if (!(await this.refreshUrl()) || this.#closed) return;
    this.#loading = false;
    this.widget.mount();
    this.onChange();
    this.#autostart();
  }

  /** Presses the widget's own button: the call begins as if the person had pressed it. */
  async start() {
    if (this.#starting || this.bridge.busy || this.#closed) return;
    this.#starting = true;
    this.#mayAutostart = false;
    this.#problem = null;
    this.onChange();
    try {
      if (!this.widget.mounted) await this.open();
      // Without a widget there was no address: asking a second time would get the same answer.
      if (!this.widget.mounted || !(await this.refreshUrl())) return;
      // The client may also have begun the call, by typing.
      if (!(await this.widget.pressStart(() => this.bridge.busy))) this.#show(PROBLEM.load);
    } finally {
      this.#starting = false;
      this.onChange();
    }
  }

  /** Whether a call may start; asks for a new signed address where the last one is used or too old. */
  async refreshUrl() {
    if (!this.data().needs_signed_url || !this.signedUrl.stale) return true;
    this.clock.cancel(this.#retryTimer);
    const result = await this.signedUrl.refresh();
    if (this.#closed) return false;
    if ("gone" in result) {
      this.onGone(result.gone);
      return false;
    }
    if ("problem" in result) {
      this.#loading = false;
      this.clock.cancel(this.#retryTimer);
      if (result.retryMs !== null) this.#retryTimer = this.clock.after(result.retryMs, () => this.open());
      this.#show(result.problem);
      return false;
    }
    this.#problem = null;
    this.widget.updateAttributes();
    return true;
  }

  /** Called now and then: replaces a signed address before it is too old for the next call. */
  keepUrlFresh() {
    const idle = this.widget.mounted && !this.bridge.busy && !this.#closed;
    if (idle && this.data().needs_signed_url && this.signedUrl.due) this.refreshUrl();
  }

  /**
   * Called when the widget begins a call: the config may still be changed.
   * @param {Record<string, any>} config
   */
  callBegins(config) {
    const data = this.data();
    if (data.needs_signed_url) {
      config.signedUrl = this.signedUrl.url;
      this.signedUrl.markUsed();
    }
    this.#problem = null;
    this.#blockedBefore = this.page.blockedSockets();
    const known = (/** @type {string | null | undefined} */ id) => (id && this.#known.has(id) ? id : null);
    this.bridge.prepare(config, {
      wsOrigin: data.ws_origin ? this.page.webSocketOrigin(data.ws_origin) : null,
      textOnly: Boolean(data.text_only),
      mayAskTextOnly: data.may_ask_text_only !== false,
      language: data.language,
      microphoneId: known(data.microphone_id),
      speakerId: known(this.browser.savedDevices().speaker_id),
      brief: this.brief,
      clientTools: this.tools.functions(data.tools ?? []),
      onFailed: (error) => this.#couldNotConnect(error),
    });
    this.clock.cancel(this.#connectTimer);
    this.#connectTimer = this.clock.after(MAX_CONNECT_MS, () => this.#couldNotConnect(null));
    this.clock.cancel(this.#soundTimer);
    this.#soundTimer = this.clock.after(LOOK_FOR_SOUND_MS, () => this.#lookForSound());
  }

  /** Called when the call's status has changed. */
  statusChanged() {
    const { status, reason, brokeOff } = this.bridge;
    if (status !== "connecting") this.#cancelTimers();
    if (status !== "disconnected") return;
    if (brokeOff) this.#problem = LOST[this.bridge.mender];
    if (reason === "queue") this.#problem = PROBLEM.queue;
    // In a pause nobody waits for an address: it would only be too old in the end.
    if (!this.#closed && reason !== "paused" && reason !== "interrupted") this.refreshUrl();
  }

  /** From now on only the person starts a call. */
  cancelAutostart() {
    this.#mayAutostart = false;
  }

  /** No call starts any more. */
  close() {
    this.#closed = true;
    this.#mayAutostart = false;
    this.clock.cancel(this.#retryTimer);
    this.#cancelTimers();
  }

  #cancelTimers() {
    this.clock.cancel(this.#connectTimer);
    this.clock.cancel(this.#soundTimer);
  }

  /** A call by voice does not connect where the page cannot play sound: the client reads that, and not to wait longer. */
  async #lookForSound() {
    if (this.bridge.typing || (await this.page.soundPlays())) return;
    this.#couldNotConnect(new SilentPageError());
  }

  #autostart() {
    const { autostart, text_only: textOnly } = this.data();
    if (!autostart || !this.#mayAutostart || this.#closed) return;
    // Without a click on this page the browser plays no sound and the call would hang.
    if (!textOnly && !this.page.wasClicked()) return;
    this.#mayAutostart = false;
    this.start();
  }

  /** @param {any} error What the client library threw; null when it did nothing for too long. */
  #couldNotConnect(error) {
    if (this.bridge.status !== "connecting") return;
    const blocked = this.page.blockedSockets() > this.#blockedBefore;
    const reason = failureReason(error, { blocked, unanswered: this.bridge.unanswered });
    const detail = error ? [error.message, error.closeCode].filter(Boolean).join(" · ") : null;
    const { closeCode = null, closeReason = null } = error ?? {};
    this.bridge.fail(reason, detail, { closeCode, closeReason });
    if (error instanceof SessionGoneError) {
      this.onGone(error.message);
      return;
    }
    // A widget whose start failed does not always offer to start again; a new one does.
    if (!this.#closed) this.clock.after(0, () => !this.bridge.busy && this.widget.remount());
    if (reason === "budget") this.#show(error.message);
    else this.#show(PROBLEM[/** @type {keyof typeof PROBLEM} */ (reason)] ?? REFUSED[this.bridge.mender]);
  }

  async #listDevices() {
    const { microphones, speakers } = await this.browser.listDevices();
    this.#known = new Set([...microphones, ...speakers].map(({ id }) => id));
  }

  /** @param {string} problem */
  #show(problem) {
    this.#problem = problem;
    this.onChange();
  }
}

/**
 * @param {any} error
 * @param {{ blocked: boolean, unanswered: boolean }} start blocked: the page's content policy blocked a web socket.
 */
function failureReason(error, { blocked, unanswered }) {
  if (error instanceof BudgetSpentError) return "budget";
  if (error instanceof SilentPageError) return "sound";
  if (MICROPHONE_ERRORS.has(error?.name)) return "microphone";
  if (blocked) return "policy";
  if (error) return "refused";
  return unanswered ? "not_begun" : "timeout";
}
