// One room as the browser sees it: puts the widget, the bridge, the microphone and the outbox
// together, and outlives whatever Streamlit does to the component it is shown in.
import { SignedUrl } from "./signed_url.js";
import { Bridge } from "./bridge.js";
import { ClientTools } from "./client_tools.js";
import { clock, randomId } from "./clock.js";
import { postJson, sendBeacon } from "./http.js";
import { Microphone } from "./microphone.js";
import { Notes } from "./notes.js";
import { Outbox } from "./outbox.js";
import { Portal } from "./portal.js";
import { announceChange } from "./registry.js";
import { applyTheme, widgetColours } from "./theme.js";
import { Countdown } from "./countdown.js";
import {
  createWidget,
  dressWidget,
  focusInput,
  labelsFrom,
  pressMute,
  findStartButton,
  writeAttributes,
} from "./widget_element.js";
import { loadWidget } from "./widget_loader.js";
import { hint, PROBLEM, SESSION_ENDED, startLabel, statusSentence, statusLabel } from "./messages.js";

const GRACE_MS = 650; // Streamlit re-creates an element within some 100 ms; leaving must end a call within a second
const END_WITHIN_MS = 1500;
const RESEND_AFTER_LEAVING_MS = 10 * 60_000; // the tab still lives, and may be offline for a while
const SAID_FIRST_WITHIN_MS = 1000; // what a note rests on should be on record before the note
const SESSION_OVER = new Set(["completed", "abandoned", "failed"]);

const CONNECT_WITHIN_MS = 20_000;
const DENIED = new Set(["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError"]);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class AgentCall {
  #data;
  #view = null;
  #element = null;
  #portal = null;
  #orphan = null;
  #starting = false;
  #mayAutostart = true;
  #loading = true;
  #problem = null;
  #over = null;
  #retryTimer = null;
  #timers = [];
  #limit = null;
  #knownMicrophones = new Set();
  #colours = "";
  #lastStatus = "idle";

  constructor(data) {
    this.#data = data;
    this.sessionId = data.session_id;
    this.outbox = new Outbox({
      epoch: randomId(),
      identity: () => ({ token: this.#data.token, conversation_id: this.bridge.conversationId }),
      post: (text) => this.#post("/events", text),
      beacon: (text) => sendBeacon(`${this.#data.room_url}/events`, text),
      clock,
      onAnswer: (answer) => {
        this.countdown.setEnd(answer?.ends_at);
        if (SESSION_OVER.has(answer?.session)) this.#finish(SESSION_ENDED);
      },
      onGone: (sentence) => this.#finish(sentence),
    });
    this.microphone = new Microphone({
      onChange: (muted) => {
        this.outbox.add("mute", { conversation_id: this.bridge.conversationId, muted });
        this.#changed();
      },
    });
    this.bridge = new Bridge({
      add: (kind, fields) => this.outbox.add(kind, fields),
      clock,
      microphone: this.microphone,
      onChange: () => this.#bridgeChanged(),
    });
    this.signedUrl = new SignedUrl({
      ask: () => this.#ask("/access"),
      now: clock.now,
    });
    this.notes = new Notes({
      notes: data.notes,
      stages: data.stages,
      requestUndo: (note) => this.#ask("/undo", { note }),
      onChange: () => this.#view?.renderNotes(this.notes),
    });
    this.tools = new ClientTools({
      ask: (request) => this.#ask("/tools", request),
      clock,
      newId: randomId,
      before: () => this.outbox.flushed(SAID_FIRST_WITHIN_MS),
      onAnswer: (answer) => this.notes.add(answer),
    });
    this.countdown = new Countdown({
      clock,
      show: (label, announced) => this.#view?.renderTime(label, announced),
      warn: () => this.#warn(),
      stop: () => this.bridge.hangUp("time"),
    });
    window.addEventListener("pagehide", this.#pageHides);
    document.addEventListener("visibilitychange", this.#tabHides);
    this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => this.#meter(), 100)];
  }

  // -- for the other components -----------------------------------------------------------------

  get muted() {
    return this.microphone.muted;
  }

  /** Whether there is a microphone to mute. */
  get canMute() {
    return this.microphone.live;
  }

  get textOnly() {
    return Boolean(this.#data.text_only);
  }

  /** @param {string} note Its id. */
  undo(note) {
    return this.notes.undo(note);
  }

  // -- shown, hidden, shown again -------------------------------------------------------------

  show(view, data) {
    clearTimeout(this.#orphan);
    this.microphone.resume();
    this.#data = data;
    this.#view = view;
    if (this.#portal) this.#portal.anchor = view.box;
    if (this.#element) writeAttributes(this.#element, this.#attributes());
    this.#dress();
    this.#tick();
    this.#render();
    view.renderNotes(this.notes);
  }

  /** The component is gone: perhaps for a moment, perhaps for good. Nobody is listened to meanwhile. */
  leave(view, onLeft) {
    if (this.#view !== view) return; // it is shown in another view by now
    this.microphone.silence();
    clearTimeout(this.#orphan);
    this.#orphan = setTimeout(() => {
      onLeft();
      this.dispose();
    }, GRACE_MS);
  }

  async dispose() {
    clearTimeout(this.#orphan);
    clearTimeout(this.#retryTimer);
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#limit);
    this.#mayAutostart = false;
    const ended = this.bridge.hangUp("left");
    await Promise.race([ended, pause(400)]);
    this.#portal?.close();
    this.outbox.sendBeacon("left", { final: false });
    announceChange();
    await this.outbox.flushed(RESEND_AFTER_LEAVING_MS);
    window.removeEventListener("pagehide", this.#pageHides);
    document.removeEventListener("visibilitychange", this.#tabHides);
    this.outbox.close();
  }

  #pageHides = () => {
    this.outbox.add("left", { conversation_id: this.bridge.conversationId, why: "pagehide" });
    this.outbox.sendBeacon("pagehide", { final: true });
  };

  #tabHides = () => {
    if (document.visibilityState === "hidden") this.outbox.sendBeacon("hidden", { final: false });
  };

  // -- getting ready --------------------------------------------------------------------------

  /** Loads the widget and, where the server wants to be asked, the permission for a call. */
  async open() {
    this.#problem = null;
    this.#loading = true;
    this.#render();
    try {
      await Promise.all([loadWidget(), this.#learnMicrophones()]);
    } catch {
      this.#loading = false;
      this.#show(PROBLEM.load);
      return;
    }
    if (!(await this.#permitted())) return;
    this.#loading = false;
    if (!this.#element) this.#mount();
    this.#render();
    this.#autostart();
  }

  #mount() {
    this.#portal ??= new Portal({ label: "Conversation with the coach" });
    if (!this.#portal.node.isConnected)
      this.#portal.open(this.#view.root.getRootNode().host ?? this.#view.root);
    this.#element = createWidget(this.#attributes());
    this.#element.addEventListener("elevenlabs-convai:call", (event) => this.#callBegins(event));
    this.#portal.node.append(this.#element);
    dressWidget(this.#element);
    this.#colours = "";
    this.#dress();
    this.#portal.anchor = this.#view.box;
  }

  #remount() {
    if (this.bridge.busy || !this.#element) return;
    this.#element.remove();
    this.#element = null;
    this.#mount();
  }

  #attributes() {
    const given = this.#data.attributes ?? {};
    if (!this.#data.needs_signed_url) return given;
    return { ...given, "agent-id": null, "signed-url": this.signedUrl.url };
  }

  get #labels() {
    return labelsFrom(this.#data.attributes ?? {});
  }

  async #learnMicrophones() {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    this.#knownMicrophones = new Set(devices.filter((d) => d.kind === "audioinput").map((d) => d.deviceId));
  }

  async #permitted() {
    if (!this.#data.needs_signed_url || !this.signedUrl.stale) return true;
    clearTimeout(this.#retryTimer);
    const result = await this.signedUrl.refresh();
    if (result.gone) {
      this.#finish(result.gone);
      return false;
    }
    if (result.problem) {
      this.#loading = false;
      clearTimeout(this.#retryTimer);
      if (result.retryMs !== null) this.#retryTimer = setTimeout(() => this.open(), result.retryMs);
      this.#show(result.problem);
      return false;
    }
    this.#problem = null;
    if (this.#element) writeAttributes(this.#element, this.#attributes());
    return true;
  }

  // -- calls ----------------------------------------------------------------------------------

  #autostart() {
    if (!this.#data.autostart || !this.#mayAutostart || this.#over) return;
    // Without a click on this page the browser keeps sound off and the call would hang.
    if (!this.#data.text_only && navigator.userActivation?.hasBeenActive === false) return;
    this.#mayAutostart = false;
    this.start();
  }

  /** Presses the widget's own button: the call begins as if the person had pressed it. */
  async start() {
    if (this.#starting || this.bridge.busy || this.#over) return;
    this.#starting = true;
    this.#mayAutostart = false;
    this.#problem = null;
    this.#render();
    try {
      if (!this.#element) await this.open();
      if (!(await this.#permitted()) || !this.#element) return;
      const button = await this.#findStartButton();
      if (button) button.click();
      else this.#show(PROBLEM.load);
    } finally {
      this.#starting = false;
      this.#render();
    }
  }

  async #findStartButton() {
    for (let waited = 0; waited < 5000; waited += 25) {
      const button = findStartButton(this.#element, this.#labels);
      if (button) return button;
      await pause(25);
    }
    return null;
  }

  #callBegins(event) {
    const { config } = event.detail;
    const data = this.#data;
    if (data.needs_signed_url) {
      config.signedUrl = this.signedUrl.url;
      this.signedUrl.markUsed();
    }
    this.#problem = null;
    this.bridge.prepare(config, {
      wsOrigin: data.ws_origin ? location.origin.replace(/^http/, "ws") + data.ws_origin : null,
      textOnly: Boolean(data.text_only),
      microphoneId: this.#knownMicrophones.has(data.microphone_id) ? data.microphone_id : null,
      contexts: data.contexts,
      clientTools: this.tools.functions(data.tools ?? []),
      onFailed: (error) => this.#couldNotConnect(error),
    });
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#couldNotConnect(null), CONNECT_WITHIN_MS);
  }

  /** error: what the client library said, or null when it said nothing for too long. */
  #couldNotConnect(error) {
    if (this.bridge.status !== "connecting") return;
    const microphone = DENIED.has(error?.name);
    const reason = microphone ? "microphone" : error ? "refused" : "timeout";
    const detail = error ? [error.message, error.closeCode].filter(Boolean).join(" · ") : null;
    this.bridge.fail(reason, detail);
    // A widget whose start failed does not always offer to start again. A new one does.
    if (!this.#over) setTimeout(() => this.#remount());
    this.#show(PROBLEM[reason]);
  }

  setMuted(muted) {
    this.microphone.setMuted(muted, (wish) => pressMute(this.#element, this.#labels, wish));
  }

  /** The widget draws every new call unmuted; press its button once, as soon as it is there. */
  async #drawMuted() {
    for (let waited = 0; waited < 2000 && this.microphone.live && this.microphone.muted; waited += 50) {
      if (pressMute(this.#element, this.#labels, true)) return;
      await pause(50);
    }
  }

  async end() {
    const started = clock.now();
    this.#mayAutostart = false;
    await Promise.race([this.bridge.hangUp("user"), pause(END_WITHIN_MS / 2)]);
    await this.outbox.flushed(Math.max(0, END_WITHIN_MS - (clock.now() - started)));
  }

  #finish(sentence) {
    if (this.#over) return;
    this.#over = sentence;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#limit);
    this.bridge.hangUp("ended");
    this.#changed();
  }

  #bridgeChanged() {
    const { status, reason } = this.bridge;
    const news = status !== this.#lastStatus;
    this.#lastStatus = status;
    if (status !== "connecting") clearTimeout(this.#limit);
    if (news && status === "connected") this.#drawMuted();
    if (news && status === "disconnected") {
      if (reason === "error") this.#problem = PROBLEM.lost;
      if (this.#data.needs_signed_url && !this.#over) this.#permitted();
    }
    this.#changed();
  }

  // -- what is seen ---------------------------------------------------------------------------

  focusConversation() {
    focusInput(this.#element);
  }

  #show(problem) {
    this.#problem = problem;
    this.#render();
  }

  #changed() {
    this.#render();
    announceChange();
  }

  #render() {
    const { bridge } = this;
    const ready = Boolean(this.#element) && !this.#over;
    const resumed = Boolean(this.#data.contexts?.some(({ id }) => id === "resumed"));
    this.#view?.render({
      practice: Boolean(this.#data.practice),
      textOnly: Boolean(this.#data.text_only),
      inCall: bridge.inCall,
      over: Boolean(this.#over),
      boxless: Boolean(this.#over) || (!this.#element && Boolean(this.#problem)),
      word: this.#over ? "Ended" : statusLabel(bridge),
      sentence: statusSentence(bridge),
      hint:
        this.#over || this.#problem
          ? ""
          : hint(bridge, { textOnly: Boolean(this.#data.text_only), loading: this.#loading, resumed }),
      problem: this.#over ?? this.#problem,
      canStart: ready && !bridge.busy,
      starting: this.#starting,
      startLabel: startLabel(bridge, { resumed }),
      canRetry: !ready && !this.#over && Boolean(this.#problem),
    });
  }

  #dress() {
    if (!this.#view) return;
    const theme = applyTheme(this.#view.root);
    const colours = JSON.stringify(theme);
    if (!this.#element || colours === this.#colours) return;
    this.#colours = colours;
    for (const [name, value] of Object.entries(widgetColours(theme)))
      this.#element.style.setProperty(name, value);
    this.#portal.node.style.borderRadius = theme.radius;
  }

  #meter() {
    if (this.bridge.inCall) this.#view?.renderVolumes(this.bridge.volumes());
  }

  #tick() {
    this.#dress();
    this.countdown.tick(this.#data);
    if (
      this.#data.needs_signed_url &&
      this.#element &&
      this.signedUrl.due &&
      !this.bridge.busy &&
      !this.#over
    )
      this.#permitted();
  }

  #warn() {
    if (!this.#data.warn_text || !this.bridge.inCall) return false;
    this.bridge.sendContext(this.#data.warn_text, "time");
    return true;
  }

  #ask(path, request = {}) {
    return this.#post(path, JSON.stringify({ token: this.#data.token, ...request }));
  }

  async #post(path, text) {
    const reply = await postJson(this.#data.room_url + path, text);
    this.countdown.setServerDate(reply.date);
    return reply;
  }
}
