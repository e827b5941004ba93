// @ts-check
// One session's call with the agent: connects the widget, the bridge, the microphone, the outbox and the others.
// It outlives whatever Streamlit does to the component it is shown in.
import { Bridge } from "./bridge.js";
import { fetchBriefing } from "./call_briefing.js";
import { CaptionSize } from "./captions.js";
import { CallStarter } from "./call_starter.js";
import { ClientTools } from "./client_tools.js";
import { clock as browserClock, pause, randomId } from "./clock.js";
import { Countdown } from "./countdown.js";
import { HoldToTalk } from "./hold_to_talk.js";
import * as http from "./http.js";
import { Interruption } from "./interruption.js";
import {
  budgetSentence,
  HELD,
  hint,
  HOLD,
  NOT_SENT,
  RECONNECTING,
  SESSION_ENDED,
  SILENCE,
  startLabel,
  statusLabel,
  statusSentence,
  THINKING,
} from "./messages.js";
import { LineWatch } from "./line_watch.js";
import { Microphone } from "./microphone.js";
import { MoreTime } from "./more_time.js";
import { OffRecord } from "./off_record.js";
import { Notes } from "./notes.js";
import { Outbox } from "./outbox.js";
import { OverPage } from "./over_page.js";
import { page as browserPage } from "./page.js";
import { Pause } from "./pause.js";
import { Reconnect } from "./reconnect.js";
import { announceChange, announceHelp } from "./registry.js";
import { keepChoice, keptChoice } from "./room_choice.js";
import { Said } from "./said.js";
import { SessionWatch } from "./session_watch.js";
import { SignedUrl } from "./signed_url.js";
import { SilenceWatch } from "./silence_watch.js";
import { Thinking } from "./thinking.js";
import { requestWakeLock, WakeLock } from "./wake_lock.js";
import { WidgetHost } from "./widget_host.js";
import { hasWords } from "./words.js";
/** @import { AgentView } from "./agent_view.js" */
/** @import { BudgetLimit } from "./call_briefing.js" */
/** @import { StartBrowser } from "./call_starter.js" */
/** @import { Clock } from "./clock.js" */
/** @import { AgentBoxData, WidgetAttributes } from "./component_data.js" */
/** @import { Reply } from "./http.js" */
/** @import { Page } from "./page.js" */
/** @import { HumanCoach } from "./live_session.js" */
/** @import { Choice } from "./room_choice.js" */
/** @import { WidgetFactory } from "./widget_host.js" */

const REMOUNT_GRACE_MS = 650; // Streamlit re-creates an element within some 100 ms; leaving ends a call within a second
const MAX_END_MS = 1500;
const MAX_HANG_UP_MS = 400;
const MAX_RESEND_AFTER_LEAVING_MS = 10 * 60_000; // the tab still lives, and may be offline for a while
// What a briefing or a note comes from is stored before. A call waits less for it than a note does: a note whose words
// are not on record is refused.
const MAX_TURNS_BEFORE_CALL_MS = 1000;
const MAX_TURNS_BEFORE_NOTE_MS = 4000;
const REMIND_EVERY_MS = 5 * 60_000;
const LOUD = 0.1; // of 1: the client speaks
const TRY_AGAIN = new Set(["refused", "timeout"]); // why a try to take up a call may fail, and be made again
const SESSION_OVER = new Set(["completed", "abandoned", "failed"]);

/**
 * What the browser does for a call; tests replace it.
 * @typedef {object} CallBrowser
 * @property {Clock} clock
 * @property {Page} page
 * @property {{ postJson: (url: string, text: string, token: string) => Promise<Reply>, sendBeacon: (url: string, text: string) => unknown }} http
 * @property {() => void} announceChange
 * @property {Pick<OverPage, "show" | "hide">} overPage
 * @property {() => void} announceHelp
 * @property {typeof requestWakeLock} [requestWakeLock]
 * @property {WidgetFactory} [widgetFactory]
 * @property {StartBrowser} [startBrowser]
 */

/** @type {CallBrowser} */
const BROWSER = {
  clock: browserClock,
  page: browserPage,
  http,
  announceChange,
  announceHelp,
  overPage: new OverPage(),
  requestWakeLock,
};

/** The agent's box without its looks: what was said, what is shown, and how a call begins and ends. */
export class AgentCall {
  /** @type {AgentBoxData} */
  #data;
  /** @type {AgentView | null} */
  #view = null;
  /** @type {string | null} Why the session is over, as a sentence. */
  #over = null;
  /** @type {string | null} Why what is said now is not on record, as a sentence. */
  #full = null;
  #lastStatus = "idle";
  /** @type {Choice} */
  #choice;
  /** @type {BudgetLimit | null} What makes this call shorter than the session. */
  #budget = null;
  #remindedAt = -Infinity;
  /** @type {number | null} In about how many minutes a line is free, as the server told a call in the queue. */
  #waitMinutes = null;
  /** Whether words stand in the text box again that the last call was not sent. */
  #gaveBack = false;
  #endedHere = false; // the client pressed the button on this page
  #finishing = false; // the session is over, and the agent is heard to the end
  #online = true; // as the browser says
  /** @type {number | null} */
  #leaveTimer = null;
  /** @type {Promise<void> | null} Resolves once the agent was heard to the end, where the session is over. */
  #lastWords = null;
  /** @type {number[]} */
  #timers = [];
  /** @type {HumanCoach | null} Who was let into the room. */
  humanCoach = null;

  /**
   * @param {AgentBoxData} data
   * @param {CallBrowser} [browser]
   */
  constructor(data, browser = BROWSER) {
    const { clock, page } = browser;
    this.sessionId = data.session_id;
    this.browser = browser;
    const given = { muted: data.muted, typing: data.chose_typing };
    this.#choice = data.autostart ? given : (keptChoice(data.session_id) ?? given);
    this.#data = this.#asChosen(data);
    keepChoice(this.sessionId, this.#choice);
    this.outbox = this.#createOutbox();
    this.microphone = new Microphone({
      onChange: (muted) => this.#muteChanged(muted),
      muted: this.#choice.muted,
    });
    this.said = new Said(data.said_before);
    this.captions = new CaptionSize();
    this.bridge = new Bridge({
      add: (kind, fields) => {
        const told = this.humanCoach?.attribute(kind, fields) ?? fields;
        this.said.take(kind, told);
        this.#heard(kind, told);
        return this.outbox.add(kind, told);
      },
      clock,
      microphone: this.microphone,
      onChange: () => this.#bridgeChanged(),
      onConversation: (conversation) => this.interruption.watch(conversation),
      onHeard: () => this.line.heard(),
    });
    this.pause = new Pause({
      until: data.paused_until,
      bridge: this.bridge,
      onChange: () => this.#changed(),
    });
    this.interruption = new Interruption({
      hidden: page.hidden,
      onInterrupted: () => this.#interrupted(),
    });
    this.line = new LineWatch({ clock, onDead: () => this.bridge.hangUp("line") });
    this.reconnect = new Reconnect({
      clock,
      reachable: async () => this.over || (await this.outbox.ask()),
      start: () => this.#startAgain(),
      onChange: () => this.#changed(),
    });
    const busy = () => this.bridge.sendActivity();
    this.silence = new SilenceWatch({
      clock,
      ask: () => this.bridge.askAgain(),
      giveUp: () => this.bridge.hangUp("silent"),
      onChange: () => this.#render(),
    });
    this.thinking = new Thinking({
      clock,
      tell: (text) => this.bridge.sendContext(text, "thinking"),
      busy,
      onChange: () => this.#changed(),
    });
    this.hold = new HoldToTalk({
      clock,
      on: Boolean(data.hold_to_talk),
      gate: (closed) => this.microphone.gate(closed),
      busy,
      onChange: () => this.#changed(),
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
      show: (label, announcement, leftMs) => this.#renderTime(label, announcement, leftMs),
      warn: (leftMs) => this.#warn(leftMs),
      stop: () => this.#hangUpHeardOut("time"),
    });
    this.moreTime = new MoreTime({
      ask: () => this.#ask("/more-time"),
      onLonger: ({ ends_at: endsAt, tell }) => {
        this.countdown.setEnd(endsAt);
        this.bridge.sendContext(tell, "time");
      },
      onChange: () => this.#render(),
    });
    this.offRecord = new OffRecord({
      on: Boolean(data.off_record),
      ask: () => this.#ask("/off-record"),
      onTaken: (tell) => {
        this.bridge.sendContext(tell, "record");
        this.notes.clear();
      },
      onChange: () => this.#render(),
    });
    this.widget = new WidgetHost({
      attributes: () => this.#attributes(),
      earlier: () => this.said.messages,
      captions: this.captions,
      onCall: (config) => this.starter.callBegins(config),
      clock,
      factory: browser.widgetFactory,
    });
    this.starter = this.#createStarter();
    this.wakeLock = new WakeLock(browser.requestWakeLock ?? (async () => null));
    this.watch = new SessionWatch({ clock, ask: async () => this.over || (await this.outbox.ask()) });
    const stops = [
      page.onHide((why) => this.#pageHides(why)),
      page.onWake(() => {
        this.watch.wake();
        this.wakeLock.wake();
      }),
      page.onNetworkChange((online) => this.#networkChanged(online)),
    ];
    this.stopListening = () => stops.forEach((stop) => stop());
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

  /** Whether the session is paused. */
  get paused() {
    return this.pause.on && !this.over;
  }

  /** Whether the coach is connected, so that there is something to pause. */
  get canPause() {
    return this.pause.possible && !this.over;
  }

  /** Whether the server says that the session is over. */
  get over() {
    return this.#over !== null;
  }

  /** Whether the next call is one in which nobody speaks. */
  get textOnly() {
    return Boolean(this.#data.text_only);
  }

  /** Whether something was said before this page was loaded. */
  get #resumed() {
    return this.#data.said_before.length > 0;
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.microphone.setMuted(muted, (wanted) => this.widget.pressMute(wanted));
  }

  /** Hangs up because the client ends the session; resolves once that is stored, or after MAX_END_MS. */
  async end() {
    const { clock } = this.browser;
    const started = clock.now();
    this.#endedHere = true;
    this.reconnect.stop();
    this.starter.cancelAutostart();
    await Promise.race([this.bridge.hangUp("user"), pause(clock, MAX_END_MS / 2)]);
    await this.outbox.flushed(Math.max(0, MAX_END_MS - (clock.now() - started)));
  }

  /** Call when the agent is made to wait, or the two talk without it; or not any more. */
  humanCoachChanged() {
    this.#render();
  }

  // -- for the agent's box ----------------------------------------------------------------------

  /** Gets ready for a call. */
  open() {
    return this.starter.open();
  }

  /** Starts a call. */
  start() {
    this.reconnect.stop();
    return this.starter.start();
  }

  /** @param {string} note Its id. */
  undo(note) {
    return this.notes.undo(note);
  }

  /** Makes the session longer, where that is offered. */
  takeMoreTime() {
    return this.moreTime.take();
  }

  /** Asks whether to take the session off the record, or leaves it. */
  askOffRecord() {
    this.offRecord.toggleQuestion();
  }

  takeOffRecord() {
    return this.offRecord.take();
  }

  focusConversation() {
    this.widget.focusInput();
  }

  /** Shows the words of the conversation larger; after the largest size comes the first. */
  enlargeCaptions() {
    this.captions.next();
    this.widget.showCaptions();
    this.#render();
  }

  /** The client thinks, and the coach is to wait; or they are done. */
  toggleThinking() {
    if (this.bridge.inCall && !this.bridge.typing) this.thinking.toggle();
  }

  /** The client holds a button to talk, from now on; or not. */
  toggleHoldToTalk() {
    this.hold.toggle();
    if (this.muted) this.setMuted(false); // the button that is held is the mute
  }

  /**
   * Shows the call in this view from now on.
   * @param {AgentView} view
   * @param {AgentBoxData} data
   */
  show(view, data) {
    this.browser.clock.cancel(this.#leaveTimer);
    this.microphone.resume();
    this.#data = this.#asChosen(data);
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
    this.#leaveTimer = clock.after(REMOUNT_GRACE_MS, async () => {
      onLeft();
      // A session whose time is up goes on to its own page, where the agent's last words are still heard.
      if (this.countdown.isUp) await this.#hangUpHeardOut("time");
      await this.#lastWords;
      this.dispose();
    });
  }

  /** Ends the call and sends what is left to send. */
  async dispose() {
    const { clock } = this.browser;
    clock.cancel(this.#leaveTimer);
    this.#timers.forEach(clock.cancel);
    this.thinking.cancel();
    this.hold.release();
    this.browser.overPage.hide();
    this.wakeLock.want(false);
    this.reconnect.stop();
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
    // A page that closes loses its microphone too: that is no interruption.
    if (final) this.interruption.stop();
    else this.interruption.look();
    if (final) this.outbox.add("left", { conversation_id: this.bridge.conversationId, why });
    this.outbox.sendBeacon(why, { final });
  }

  /** The system has taken the microphone: what goes on is a pause. Out of sight, the page may be put to sleep next. */
  async #interrupted() {
    await this.pause.begin("interrupted");
    this.outbox.sendBeacon("hidden", { final: false });
  }

  /** @param {{ ends_at?: string | null, paused_until?: string | null, session?: string, remind?: string, full?: string, help?: boolean, more_minutes?: number, wait_minutes?: number | null } | null} answer */
  #acknowledged(answer) {
    this.watch.answered();
    if (answer?.full && answer.full !== this.#full) {
      this.#full = answer.full;
      this.#render();
    }
    if (answer?.ends_at !== undefined) this.countdown.setEnd(answer.ends_at);
    this.pause.answered(answer?.paused_until);
    if (answer?.wait_minutes !== undefined) {
      this.#waitMinutes = answer.wait_minutes;
      this.#render();
    }
    this.moreTime.offered(answer?.more_minutes ?? 0);
    if (answer?.session && SESSION_OVER.has(answer.session)) this.#finish(SESSION_ENDED);
    if (answer?.help) this.browser.announceHelp();
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
    this.#choice.muted = muted;
    keepChoice(this.sessionId, this.#choice);
    this.outbox.add("mute", { conversation_id: this.bridge.conversationId, muted });
    this.#changed();
  }

  #bridgeChanged() {
    const { status, mode } = this.bridge;
    if (mode === "speaking") this.silence.answered();
    if (status !== this.#lastStatus) {
      // Once a call: a second press could come before the widget shows the first, and unmute.
      if (status === "connected" && this.#lastStatus === "connecting")
        this.widget.showMuted(() => this.canMute && this.muted);
      if (status === "connecting") {
        this.pause.callBegins();
        this.silence.callBegins();
      }
      this.#lastStatus = status;
      this.wakeLock.want(this.bridge.busy);
      this.widget.tellReaders(this.#data.spoken_language, this.bridge.busy && this.bridge.typing);
      this.starter.statusChanged();
      this.#lineChanged();
      if (this.bridge.busy) this.#gaveBack = false;
      else if (!this.reconnect.active) this.#giveBackUnsent();
    }
    this.#changed();
  }

  /** Takes in what was said. @param {string} kind @param {Record<string, any>} event */
  #heard(kind, event) {
    this.silence.take(kind, event);
    if (kind === "turn" && event.typed && hasWords(event.text)) this.thinking.stop();
  }

  /** A call that broke off is taken up by itself, where that may help. */
  #lineChanged() {
    const { status, brokeOff, mender, reason, inCall, queued } = this.bridge;
    const tryFailed = status === "failed" && this.reconnect.active && TRY_AGAIN.has(reason ?? "");
    if (!inCall) this.thinking.cancel();
    if (status === "connecting") this.line.begin();
    else if (inCall || queued) this.reconnect.stands();
    else if ((brokeOff || tryFailed) && mender !== "community" && !this.#finishing)
      this.reconnect.lineBroke();
    else this.reconnect.stop();
  }

  /** Whether a call began. */
  async #startAgain() {
    await this.starter.start();
    return this.bridge.busy;
  }

  /** @param {boolean} online As the browser says. */
  #networkChanged(online) {
    this.#online = online;
    if (online) {
      this.line.networkIsBack();
      this.reconnect.wake();
    }
    this.#render();
  }

  /** What was typed for a call that never heard it is not lost. */
  #giveBackUnsent() {
    if (this.over) return;
    const unsent = this.bridge.takeUnsent();
    if (!unsent.length) return;
    this.#gaveBack = true;
    this.widget.giveBack(unsent.join("\n"));
  }

  /** The session is over. @param {string} sentence */
  async #finish(sentence) {
    if (this.#finishing) return;
    this.#finishing = true;
    this.reconnect.stop();
    this.starter.close();
    await this.#hangUpHeardOut("ended");
    this.#over = sentence;
    if (this.#view && !this.#endedHere)
      this.browser.overPage.show({ sentence, address: this.#data.session_url, near: this.#view.root });
    this.#changed();
  }

  /** Hangs up once the agent was heard to the end; it hears nothing more. @param {string} reason */
  async #hangUpHeardOut(reason) {
    if (this.bridge.inCall && !this.#endedHere) {
      this.microphone.silence();
      this.#lastWords = this.bridge.heardOut();
      await this.#lastWords;
    }
    this.bridge.hangUp(reason);
  }

  #changed() {
    this.#render();
    this.browser.announceChange();
  }

  #tick() {
    this.watch.tick();
    this.line.tick(this.bridge.inCall);
    const waits = this.thinking.active || this.hold.held || this.humanCoach?.held;
    this.silence.tick(this.bridge.inCall && !waits && this.#online);
    if (this.#view) this.widget.dress(this.#view.applyTheme());
    this.countdown.tick(this.#data);
    if (this.paused) this.#render();
    else this.starter.keepUrlFresh();
  }

  /** Tells the agent to wrap up; false where there is no agent to tell. */
  #warn(/** @type {number} */ leftMs) {
    if (!this.#data.warn_text || !this.bridge.inCall) return false;
    const minutes = String(Math.max(1, Math.round(leftMs / 60_000)));
    this.bridge.sendContext(this.#data.warn_text.replace("{minutes}", minutes), "time");
    return true;
  }

  /**
   * @param {string | null} label
   * @param {string | null} announcement
   * @param {number | null} leftMs
   */
  #renderTime(label, announcement, leftMs) {
    const limit = this.bridge.inCall ? this.#budget : null;
    const callMs = limit && Math.min(leftMs ?? Infinity, limit.seconds * 1000);
    this.#view?.renderTime(label, announcement);
    this.#view?.renderBudget(limit && callMs ? budgetSentence(limit, callMs) : null);
  }

  #renderVolumes() {
    if (!this.bridge.inCall) return;
    const volumes = this.bridge.volumes();
    this.#view?.renderVolumes(volumes);
    // A closed microphone still shows how loud it is around it.
    const loudness = this.microphone.closed ? 0 : volumes.client;
    this.thinking.hear(loudness);
    if (loudness > LOUD) this.silence.later();
  }

  #render() {
    const { bridge, starter, textOnly } = this;
    const closed = this.muted || (this.hold.on && !this.hold.held);
    const muted = closed && this.canMute;
    const { over } = this;
    const resumed = this.#resumed;
    const notSent = this.#gaveBack ? NOT_SENT : "";
    const again = this.#reconnectSentence();
    const said = [again ?? starter.problem, notSent, this.moreTime.problem].filter(Boolean).join(" ");
    const problem = this.offRecord.trueOf(said);
    const reconnecting = this.reconnect.active;
    const talking = bridge.inCall && !bridge.typing && !bridge.saysGoodbye && !over;
    const turn = talking || bridge.typing ? this.#turnHint() : null;
    const ready = this.widget.mounted && !over;
    this.#view?.render({
      practice: Boolean(this.#data.practice),
      silent: bridge.typing,
      inCall: bridge.inCall,
      over,
      boxHidden: over || (!this.widget.mounted && starter.problem !== null),
      label: over ? "Ended" : this.#label({ muted, resumed }),
      sentence: reconnecting ? "" : statusSentence(bridge),
      hint:
        over || again || starter.problem
          ? ""
          : (turn ??
            hint(bridge, {
              textOnly,
              loading: starter.loading,
              resumed,
              muted,
              waitMinutes: this.#waitMinutes,
              apart: this.humanCoach?.apart,
            })),
      problem: this.#over ?? (problem || this.#full),
      canStart: ready && !bridge.busy && !reconnecting && !this.humanCoach?.apart,
      starting: starter.starting,
      startLabel: startLabel(bridge, { resumed }),
      moreMinutes: over ? 0 : this.moreTime.minutes,
      canRetry: !ready && !over && starter.problem !== null,
      captionSize: this.captions.name,
      ...(this.paused ? this.pause.look(this.browser.clock.now()) : {}),
      canThink: talking && !this.humanCoach?.held,
      thinking: this.thinking.active,
      holdToTalk: this.hold.on,
      offRecord: this.offRecord,
    });
  }

  /** The status in a word or two. @param {{ muted: boolean, resumed: boolean }} session */
  #label(session) {
    if (this.reconnect.active) return "Reconnecting";
    return this.humanCoach?.held ? "Waiting" : statusLabel(this.bridge, session);
  }

  /** What is said of whose turn it is; null where nothing is special. */
  #turnHint() {
    if (this.humanCoach?.held) return HELD;
    if (this.thinking.active) return THINKING;
    if (this.silence.silence) return SILENCE[this.silence.silence];
    return this.hold.on && !this.bridge.typing ? HOLD : null;
  }

  /** What is said of a line that broke or may break; null where all is well. */
  #reconnectSentence() {
    if (this.reconnect.active) return this.reconnect.away ? RECONNECTING.away : RECONNECTING.trying;
    return this.bridge.inCall && !this.#online ? RECONNECTING.offline : null;
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
      before: () => {
        this.silence.later(); // the agent works
        return this.outbox.flushed(MAX_TURNS_BEFORE_NOTE_MS);
      },
      onAnswer: (answer) => this.notes.add(answer),
    });
  }

  // -- what is asked of the server --------------------------------------------------------------

  /** What a call that starts now is told. What was said before is stored first, so that it is in it. */
  async #brief() {
    await this.outbox.flushed(MAX_TURNS_BEFORE_CALL_MS);
    const briefing = await fetchBriefing(() => this.#ask("/briefing"));
    this.#budget = briefing.budget;
    return briefing;
  }

  /** After a reload nobody asks again; who chose to type does not find the microphone on. @param {AgentBoxData} data */
  #asChosen(data) {
    return { ...data, text_only: data.text_only || this.#choice.typing };
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
    const reply = await this.browser.http.postJson(this.#data.room_url + path, text, this.#data.token);
    this.countdown.setServerDate(reply.date);
    return reply;
  }
}
