// @ts-check
// One session's call with the agent: connects the widget, the bridge, the microphone, the outbox and the others.
// It outlives whatever Streamlit does to the component it is shown in.
import { Bridge } from "./bridge.js";
import { fetchBriefing } from "./call_briefing.js";
import { CallStarter } from "./call_starter.js";
import { ClientTools } from "./client_tools.js";
import { clock as browserClock, pause, randomId } from "./clock.js";
import { Countdown } from "./countdown.js";
import * as http from "./http.js";
import { hint, SESSION_ENDED, startLabel, statusLabel, statusSentence } from "./messages.js";
import { Microphone } from "./microphone.js";
import { Notes } from "./notes.js";
import { Outbox } from "./outbox.js";
import { page as browserPage } from "./page.js";
import { announceChange } from "./registry.js";
import { SignedUrl } from "./signed_url.js";
import { WidgetHost } from "./widget_host.js";
/** @import { AgentView } from "./agent_view.js" */
/** @import { StartBrowser } from "./call_starter.js" */
/** @import { Clock } from "./clock.js" */
/** @import { AgentBoxData, WidgetAttributes } from "./component_data.js" */
/** @import { Reply } from "./http.js" */
/** @import { Page } from "./page.js" */
/** @import { WidgetFactory } from "./widget_host.js" */

const REMOUNT_GRACE_MS = 650; // Streamlit re-creates an element within some 100 ms; leaving ends a call within a second
const MAX_END_MS = 1500;
const MAX_HANG_UP_MS = 400;
const MAX_RESEND_AFTER_LEAVING_MS = 10 * 60_000; // the tab still lives, and may be offline for a while
const MAX_TURNS_FIRST_MS = 1000; // what a note or a briefing comes from should be stored before it is asked for
const REMIND_EVERY_MS = 5 * 60_000;
const SESSION_OVER = new Set(["completed", "abandoned", "failed"]);

/**
 * What the browser does for a call; tests replace it.
 * @typedef {object} CallBrowser
 * @property {Clock} clock
 * @property {Page} page
 * @property {{ postJson: (url: string, text: string) => Promise<Reply>, sendBeacon: (url: string, text: string) => unknown }} http
 * @property {() => void} announceChange
 * @property {WidgetFactory} [widgetFactory]
 * @property {StartBrowser} [startBrowser]
 */

/** @type {CallBrowser} */
const BROWSER = { clock: browserClock, page: browserPage, http, announceChange };

/** The agent's box without its looks: what was said, what is shown, and how a call begins and ends. */
export class AgentCall {
  /** @type {AgentBoxData} */
  #data;
  /** @type {AgentView | null} */
  #view = null;
  /** @type {string | null} Why the session is over, as a sentence. */
  #over = null;
  #lastStatus = "idle";
  #remindedAt = -Infinity;
  /** @type {number | null} */
  #leaveTimer = null;
  /** @type {number[]} */
  #timers = [];

  /**
   * @param {AgentBoxData} data
   * @param {CallBrowser} [browser]
   */
  constructor(data, browser = BROWSER) {
    const { clock, page } = browser;
    this.#data = data;
    this.sessionId = data.session_id;
    this.browser = browser;
    this.outbox = this.#createOutbox();
    this.microphone = new Microphone({ onChange: (muted) => this.#muteChanged(muted) });
    this.bridge = new Bridge({
      add: (kind, fields) => this.outbox.add(kind, fields),
      clock,
      microphone: this.microphone,
      onChange: () => this.#bridgeChanged(),
    });
    this.signedUrl = new SignedUrl({ ask: () => this.#ask("/access"), now: clock.now });
    this.notes = new Notes({
      notes: data.notes,
      stages: data.stages,
      requestUndo: (note) => this.#ask("/undo", { note }),
      onChange: () => this.#view?.renderNotes(this.notes),
    });
    this.countdown = new Countdown({
      clock,
      show: (label, announcement) => this.#view?.renderTime(label, announcement),
      warn: () => this.#warn(),
      stop: () => this.bridge.hangUp("time"),
    });
    this.widget = new WidgetHost({
      attributes: () => this.#attributes(),
      onCall: (config) => this.starter.callBegins(config),
      clock,
      factory: browser.widgetFactory,
    });
    this.starter = this.#createStarter();
    this.stopListening = page.onHide((why) => this.#pageHides(why));
    this.#timers = [clock.every(1000, () => this.#tick()), clock.every(100, () => this.#renderVolumes())];
  }

  // -- for the other components -----------------------------------------------------------------

  get muted() {
    return this.microphone.muted;
  }

  /** Whether there is a microphone to mute. */
  get canMute() {
    return this.microphone.live;
  }

  /** Whether the server says that the session is over. */
  get over() {
    return this.#over !== null;
  }

  get textOnly() {
    return Boolean(this.#data.text_only);
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.microphone.setMuted(muted, (wanted) => this.widget.pressMute(wanted));
  }

  /** Hangs up because the client ends the session; resolves once that is stored, or after MAX_END_MS. */
  async end() {
    const { clock } = this.browser;
    const started = clock.now();
    this.starter.cancelAutostart();
    await Promise.race([this.bridge.hangUp("user"), pause(clock, MAX_END_MS / 2)]);
    await this.outbox.flushed(Math.max(0, MAX_END_MS - (clock.now() - started)));
  }

  // -- for the agent's box ----------------------------------------------------------------------

  /** Gets ready for a call. */
  open() {
    return this.starter.open();
  }

  /** Starts a call. */
  start() {
    return this.starter.start();
  }

  /** @param {string} note Its id. */
  undo(note) {
    return this.notes.undo(note);
  }

  focusConversation() {
    this.widget.focusInput();
  }

  /**
   * Shows the call in this view from now on.
   * @param {AgentView} view
   * @param {AgentBoxData} data
   */
  show(view, data) {
    this.browser.clock.cancel(this.#leaveTimer);
    this.microphone.resume();
    this.#data = data;
    this.#view = view;
    this.widget.moveTo(view);
    this.#tick();
    this.#render();
    view.renderNotes(this.notes);
  }

  /**
   * The view is gone, for a moment or for good: the microphone is silenced, and the call ends after a while.
   * @param {AgentView} view
   * @param {() => void} onLeft Called when it is for good.
   */
  leave(view, onLeft) {
    if (this.#view !== view) return; // it is shown in another view by now
    const { clock } = this.browser;
    this.microphone.silence();
    clock.cancel(this.#leaveTimer);
    this.#leaveTimer = clock.after(REMOUNT_GRACE_MS, () => {
      onLeft();
      this.dispose();
    });
  }

  /** Ends the call and sends what is left to send. */
  async dispose() {
    const { clock } = this.browser;
    clock.cancel(this.#leaveTimer);
    this.#timers.forEach(clock.cancel);
    this.starter.close();
    await Promise.race([this.bridge.hangUp("left"), pause(clock, MAX_HANG_UP_MS)]);
    this.widget.close();
    this.outbox.sendBeacon("left", { final: false });
    this.browser.announceChange();
    await this.outbox.flushed(MAX_RESEND_AFTER_LEAVING_MS);
    this.stopListening();
    this.outbox.close();
  }

  // -- what happens -----------------------------------------------------------------------------

  /** @param {"pagehide" | "hidden"} why */
  #pageHides(why) {
    const final = why === "pagehide";
    if (final) this.outbox.add("left", { conversation_id: this.bridge.conversationId, why });
    this.outbox.sendBeacon(why, { final });
  }

  /** @param {{ ends_at?: string | null, session?: string, remind?: string } | null} answer */
  #acknowledged(answer) {
    if (answer?.ends_at !== undefined) this.countdown.setEnd(answer.ends_at);
    if (answer?.session && SESSION_OVER.has(answer.session)) this.#finish(SESSION_ENDED);
    if (answer?.remind) this.#remind(answer.remind);
  }

  /** Tells the agent something about how it coaches, and the server that it was told. @param {string} text */
  #remind(text) {
    const now = this.browser.clock.now();
    if (!this.bridge.inCall || now - this.#remindedAt < REMIND_EVERY_MS) return;
    this.#remindedAt = now;
    this.bridge.sendContext(text, "talk");
    this.outbox.add("reminder", { conversation_id: this.bridge.conversationId });
  }

  /** @param {boolean} muted */
  #muteChanged(muted) {
    this.outbox.add("mute", { conversation_id: this.bridge.conversationId, muted });
    this.#changed();
  }

  #bridgeChanged() {
    const { status } = this.bridge;
    if (status !== this.#lastStatus) {
      this.#lastStatus = status;
      if (status === "connected" || status === "queued")
        this.widget.showMuted(() => this.canMute && this.muted);
      this.starter.statusChanged();
    }
    this.#changed();
  }

  /** The session is over. @param {string} sentence */
  #finish(sentence) {
    if (this.#over) return;
    this.#over = sentence;
    this.starter.close();
    this.bridge.hangUp("ended");
    this.#changed();
  }

  #changed() {
    this.#render();
    this.browser.announceChange();
  }

  #tick() {
    if (this.#view) this.widget.dress(this.#view.applyTheme());
    this.countdown.tick(this.#data);
    this.starter.keepUrlFresh();
  }

  /** Tells the agent to wrap up; false where there is no agent to tell. */
  #warn() {
    if (!this.#data.warn_text || !this.bridge.inCall) return false;
    this.bridge.sendContext(this.#data.warn_text, "time");
    return true;
  }

  #renderVolumes() {
    if (this.bridge.inCall) this.#view?.renderVolumes(this.bridge.volumes());
  }

  #render() {
    const { bridge, starter, textOnly } = this;
    const { resumed } = this.#data;
    const { over } = this;
    const ready = this.widget.mounted && !over;
    this.#view?.render({
      practice: Boolean(this.#data.practice),
      textOnly,
      inCall: bridge.inCall,
      over,
      boxHidden: over || (!this.widget.mounted && starter.problem !== null),
      label: over ? "Ended" : statusLabel(bridge),
      sentence: statusSentence(bridge),
      hint: over || starter.problem ? "" : hint(bridge, { textOnly, loading: starter.loading, resumed }),
      problem: this.#over ?? starter.problem,
      canStart: ready && !bridge.busy,
      starting: starter.starting,
      startLabel: startLabel(bridge, { resumed }),
      canRetry: !ready && !over && starter.problem !== null,
    });
  }

  // -- parts ------------------------------------------------------------------------------------

  #createOutbox() {
    const { clock, http } = this.browser;
    return new Outbox({
      epoch: randomId(),
      identity: () => ({ token: this.#data.token, conversation_id: this.bridge.conversationId }),
      post: (text) => this.#post("/events", text),
      beacon: (text) => http.sendBeacon(`${this.#data.room_url}/events`, text),
      clock,
      onAnswer: (answer) => this.#acknowledged(answer),
      onGone: (sentence) => this.#finish(sentence),
    });
  }

  #createStarter() {
    const { clock, page, startBrowser } = this.browser;
    return new CallStarter({
      data: () => this.#data,
      bridge: this.bridge,
      widget: this.widget,
      signedUrl: this.signedUrl,
      brief: () => this.#brief(),
      tools: this.#createTools(),
      clock,
      page,
      onChange: () => this.#render(),
      onGone: (sentence) => this.#finish(sentence),
      browser: startBrowser,
    });
  }

  #createTools() {
    return new ClientTools({
      ask: (request) => this.#ask("/tools", request),
      clock: this.browser.clock,
      newId: randomId,
      before: () => this.outbox.flushed(MAX_TURNS_FIRST_MS),
      onAnswer: (answer) => this.notes.add(answer),
    });
  }

  // -- what is asked of the server --------------------------------------------------------------

  /** What a call that starts now is told. What was said before is stored first, so that it is in it. */
  async #brief() {
    await this.outbox.flushed(MAX_TURNS_FIRST_MS);
    return fetchBriefing(() => this.#ask("/briefing"));
  }

  /** @returns {WidgetAttributes} */
  #attributes() {
    const given = this.#data.attributes ?? {};
    return this.#data.needs_signed_url
      ? { ...given, "agent-id": null, "signed-url": this.signedUrl.url }
      : given;
  }

  /**
   * @param {string} path Below the room's address.
   * @param {object} [request]
   */
  #ask(path, request = {}) {
    return this.#post(path, JSON.stringify({ token: this.#data.token, ...request }));
  }

  /**
   * @param {string} path
   * @param {string} text
   */
  async #post(path, text) {
    const reply = await this.browser.http.postJson(this.#data.room_url + path, text);
    this.countdown.setServerDate(reply.date);
    return reply;
  }
}
