// @ts-check
// How long a client waits, as they feel it: from the end of their voice, as the widget's microphone hears it, to the
// first sound of the agent, as the widget plays it. Beside it: when the transcript came, whether the agent cut in, how
// soon it fell silent when interrupted, and long silences. No DOM.
import { Heard, HANGOVER_MS } from "./heard.js";
import { SoundLevels } from "./sound_levels.js";
/** @import { Clock } from "./clock.js" */
/** @import { Stretch } from "./heard.js" */
/** @import { Analyser, Level } from "./sound_levels.js" */

const LOOK_EVERY_MS = 100;
const CUT_IN_MS = 1500; // whose voice goes on within this time after the agent's first sound had not finished
const MIN_CUT_IN_VOICE_MS = 150; // while the agent speaks, a little of it may come back through the microphone
const MAX_FADE_MS = 4000; // the widget fades out over two seconds
const MAX_CLOCK_ERROR_MS = 100; // how far the moments of sound and of messages may be apart that are one
const MIN_SILENCE_MS = 10_000;
const VOICE = { minLevel: 0.01, timesNoise: 3, minMs: 60 };
const AGENT = { minLevel: 0.003 };

/**
 * Where the client library has the sound of a call that is spoken.
 * @typedef {object} SpokenCall
 * @property {{ analyser?: any, isMuted?: () => boolean }} [input]
 * @property {{ analyser?: any }} [output]
 * @property {string} [type]
 */

/**
 * One answer that has begun to sound.
 * @typedef {object} Start
 * @property {number} at
 * @property {number | null} turn The agent's turn, once it is recorded.
 * @property {Record<string, unknown>} times
 * @property {boolean} afterVoice Whether the client had spoken since the answer before.
 */

/** Measures one call after the other. */
export class FeltDelay {
  /** @type {{ client: SoundLevels, agent: SoundLevels, isMuted: () => boolean } | null} */
  #sound = null;
  #client = new Heard(VOICE);
  #agent = new Heard(AGENT);
  /** @type {number | null} */
  #timer = null;
  #silent = false;
  /** What the client said last, where no answer has begun since. @type {{ at: number, typed: boolean } | null} */
  #asked = null;
  /** The agent's turn that is recorded and does not sound yet. @type {number | null} */
  #waiting = null;
  /** @type {Start | null} */
  #start = null;
  #startedAt = 0;
  /** @type {number | null} The turn that sounds, or sounded last. */
  #sounding = null;
  /** @type {{ turn: number, from: number, at: number } | null} An interruption that has not led to silence yet. */
  #interrupted = null;
  /** Whether what plays next is something else than what was interrupted, which the widget lets fade. */
  #cut = false;
  /** @type {number | null} When something was heard or typed last. */
  #heardAt = null;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {(kind: "delay" | "silence", fields: Record<string, unknown>) => void} parts.add
   */
  constructor({ clock, add }) {
    this.clock = clock;
    this.add = add;
  }

  /** A call begins. @param {SpokenCall} call */
  attach(call) {
    this.detach();
    this.#silent = call.type === "text";
    const client = tapped(call.input?.analyser);
    const agent = tapped(call.output?.analyser);
    if (this.#silent || !client || !agent) return;
    this.#sound = {
      client: new SoundLevels(client, this.clock.steady),
      agent: new SoundLevels(agent, this.clock.steady),
      isMuted: () => call.input?.isMuted?.() ?? false,
    };
    this.#timer = this.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  /** The call is over: what is known is reported. */
  detach() {
    this.clock.cancel(this.#timer);
    this.#timer = null;
    if (this.#sound) {
      this.#settle();
      this.#heardNow(this.clock.steady(), "nobody");
    }
    this.#sound = null;
    this.#client = new Heard(VOICE);
    this.#agent = new Heard(AGENT);
    this.forget();
  }

  /** Nothing that was said or heard until now belongs to what comes. */
  forget() {
    this.#asked = this.#waiting = this.#start = this.#interrupted = this.#sounding = this.#heardAt = null;
    this.#startedAt = this.clock.steady();
    this.#cut = false;
  }

  /** A message of the client's: a transcript has come, or typed words go. @param {{ typed: boolean }} how */
  clientSaid({ typed }) {
    const at = this.clock.steady();
    this.#asked = { at, typed };
    if (typed) this.#heardNow(at, "client");
  }

  /** The agent's turn is recorded; in a call without sound that is the answer. @param {number} turn Its number. */
  agentSaid(turn) {
    if (this.#start && this.#start.turn === null) {
      this.#start.turn = this.#sounding = turn;
      return;
    }
    this.#waiting = turn;
    if (!this.#silent) return;
    if (this.#asked) this.add("delay", { turn, typed_ms: Math.round(this.clock.steady() - this.#asked.at) });
    this.#asked = null;
  }

  /** The agent's server has stopped the agent, because the client speaks. */
  agentInterrupted() {
    const at = this.clock.steady();
    this.#cut = true;
    const voice = this.#client.stretches.at(-1);
    if (this.#sounding === null || !voice || !this.#client.going) return;
    this.#interrupted = { turn: this.#sounding, from: Math.max(voice.from, this.#startedAt), at };
  }

  /** A piece of the agent's sound has come, and plays now or after what plays. */
  agentPlays() {
    if (this.#cut) this.#agent.cut(this.clock.steady());
    this.#cut = false;
  }

  /** Listens to what was heard since the last look. */
  look() {
    if (!this.#sound) return;
    const muted = this.#sound.isMuted();
    for (const level of this.#sound.client.look()) this.#hearClient(muted ? { ...level, level: 0 } : level);
    for (const level of this.#sound.agent.look()) this.#hearAgent(level);
    const now = this.clock.steady();
    if (this.#start && now - this.#start.at > CUT_IN_MS + LOOK_EVERY_MS) this.#settle();
    this.#fallSilent(now);
  }

  /** @param {Level} level */
  #hearClient(level) {
    const began = this.#client.take(level);
    if (began) this.#heardNow(began.from, "client");
    else if (this.#client.until === level.at) this.#heardAt = level.at;
  }

  /** @param {Level} level */
  #hearAgent(level) {
    const began = this.#agent.take(level);
    if (began) {
      this.#heardNow(began.from, "agent");
      if (this.#asked || this.#waiting !== null) this.#begin(began.from);
    } else if (this.#agent.until === level.at) this.#heardAt = Math.max(this.#heardAt ?? 0, level.at);
  }

  /** An answer begins to sound. @param {number} at */
  #begin(at) {
    this.#settle();
    this.#silenced(at);
    const before = this.#client.stretches.filter(({ from, to }) => from < at && to > this.#startedAt);
    const voice = before.at(-1);
    this.#start = { at, turn: this.#waiting, times: this.#timesAt(at, voice), afterVoice: Boolean(voice) };
    this.#sounding = this.#waiting;
    this.#startedAt = at;
    this.#asked = this.#waiting = null;
  }

  /**
   * @param {number} at
   * @param {Stretch | undefined} voice The client's last words before.
   */
  #timesAt(at, voice) {
    const asked = this.#asked;
    if (!asked) return {};
    if (asked.typed) return asked.at > at ? {} : { typed_ms: Math.round(at - asked.at) };
    // Whoever still speaks does not wait.
    if (!voice || voice.to > at) return {};
    const felt = Math.round(at - voice.to);
    if (asked.at < voice.to || asked.at > at + MAX_CLOCK_ERROR_MS) return { felt_ms: felt };
    const transcript = Math.min(felt, Math.round(asked.at - voice.to));
    return { felt_ms: felt, transcript_ms: transcript, answer_ms: felt - transcript };
  }

  /** Reports the answer that began last: nothing more will be known of it. */
  #settle() {
    const start = this.#start;
    this.#start = null;
    if (!start || start.turn === null) return;
    this.add("delay", {
      turn: start.turn,
      ...start.times,
      cut_in: start.afterVoice && this.#wentOn(start.at),
    });
  }

  /** Whether the client spoke on after the agent had begun. @param {number} at */
  #wentOn(at) {
    const spoken = this.#client.stretches.map(({ from, to, loudMs }) => {
      const within = Math.min(to, at + CUT_IN_MS) - Math.max(from, at);
      return within > 0 ? (loudMs * within) / (to - from) : 0;
    });
    return spoken.reduce((sum, ms) => sum + ms, 0) >= MIN_CUT_IN_VOICE_MS;
  }

  /** @param {number} now */
  #fallSilent(now) {
    const until = this.#agent.until;
    if (!this.#interrupted || until === null) return;
    if (now - this.#interrupted.at > MAX_FADE_MS) this.#interrupted = null;
    else if (!this.#agent.going && now - until > HANGOVER_MS) this.#silenced(until);
  }

  /** What was interrupted was heard until then. @param {number} at */
  #silenced(at) {
    const interrupted = this.#interrupted;
    this.#interrupted = null;
    if (!interrupted || at < interrupted.from) return;
    this.add("delay", { turn: interrupted.turn, silenced_ms: Math.round(at - interrupted.from) });
  }

  /**
   * @param {number} at
   * @param {"client" | "agent" | "nobody"} by Who broke the silence, if there was one.
   */
  #heardNow(at, by) {
    const since = this.#heardAt;
    this.#heardAt = Math.max(at, since ?? at);
    if (since === null || at - since < MIN_SILENCE_MS) return;
    this.add("silence", { seconds: Math.round((at - since) / 100) / 10, broken_by: by });
  }
}

/**
 * An analyser of our own behind the widget's, which keeps its size; none where the client library has none.
 * @param {any} analyser
 * @returns {Analyser | null}
 */
function tapped(analyser) {
  if (!analyser?.context?.createAnalyser) return null;
  const own = analyser.context.createAnalyser();
  analyser.connect(own);
  return own;
}
