// @ts-check
// Mixes the human coach into what the AI coach hears. It alone knows how the widget's sound is wired:
//   microphone -> [client's gate] -> analyser -> worklet, and coach -> [coach's gate] -> worklet.
// tests/journeys/test_live_coach.py pins those parts of the built widget. No DOM.
/** @import { Conversation } from "./bridge.js" */

const TAP_SAMPLES = 1024; // 64 ms of the widget's sound
const OVER_AGENT = 0.03; // a coach who talks over the AI coach is louder than what their microphone picks up of it

/**
 * @typedef {object} Graph
 * @property {(stream: MediaStream) => MediaStreamAudioSourceNode} createSource The context's own.
 * @property {GainNode} clientGate
 * @property {GainNode} coachGate
 * @property {AnalyserNode} clientTap What the agent hears of the client.
 * @property {AnalyserNode} coachTap How loud the coach is, before the gate.
 * @property {() => void} [onRecaptured]
 */

/** @type {WeakMap<Conversation, Graph>} A coach who comes a second time in one call finds the wires laid. */
const graphs = new WeakMap();

/** The sound of one call after the other. */
export class LiveMix {
  /** @type {Conversation | null} */
  #conversation = null;
  /** @type {Graph | null} */
  #graph = null;
  /** @type {MediaStreamTrack | null} */
  #coach = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #clientClosed = false;
  #apart = false;
  #coachOpen = false;
  #ducked = false;
  #samples = new Float32Array(TAP_SAMPLES);

  /** @param {{ onRecaptured?: () => void }} [parts] onRecaptured: the widget listens to another microphone now. */
  constructor({ onRecaptured = () => {} } = {}) {
    this.onRecaptured = onRecaptured;
  }

  /** Whether the client's way to the agent goes through the gate. */
  get gated() {
    return this.#graph !== null;
  }

  /** Whether the agent can hear the coach. */
  get canMix() {
    return this.#source !== null;
  }

  /** The agent's voice. @returns {MediaStreamTrack | null} */
  get agentTrack() {
    const stream = this.#conversation?.output?.audioElement?.srcObject;
    return stream?.getAudioTracks?.()[0] ?? null;
  }

  /** The microphone as the widget captured it. @returns {MediaStreamTrack | null} */
  get microphoneTrack() {
    return this.#conversation?.input?.inputStream?.getAudioTracks?.()[0] ?? null;
  }

  /** @param {Conversation | null} conversation The call's; null once it is over. */
  attach(conversation) {
    if (this.#conversation === conversation) return;
    this.#disconnectCoach();
    this.#conversation = conversation;
    this.#graph = conversation && (graphs.get(conversation) ?? lay(conversation));
    this.#ducked = false;
    if (this.#graph) this.#graph.onRecaptured = () => this.onRecaptured();
    this.#connectCoach();
    this.#apply();
  }

  /** @param {MediaStreamTrack | null} track The coach's voice. Its stream must also hang on a media element. */
  setCoach(track) {
    if (this.#coach === track) return;
    this.#disconnectCoach();
    this.#coach = track;
    this.#connectCoach();
    this.#apply();
  }

  /**
   * @param {object} who
   * @param {boolean} [who.clientClosed] The client is muted.
   * @param {boolean} [who.apart] The two talk without the agent: it hears neither.
   * @param {boolean} [who.coachOpen] The agent hears the coach as well.
   */
  route(who) {
    this.#clientClosed = who.clientClosed ?? this.#clientClosed;
    this.#apart = who.apart ?? this.#apart;
    this.#coachOpen = who.coachOpen ?? this.#coachOpen;
    this.#apply();
  }

  /**
   * How loud each is at the agent. While the agent speaks, the coach's room would return its voice to it: then only a
   * coach who talks over it is let through.
   * @param {{ agentSpeaks: boolean }} now
   */
  look({ agentSpeaks }) {
    const graph = this.#graph;
    if (!graph) return { client: 0, coach: 0 };
    const coach = this.#source ? this.#level(graph.coachTap) : 0;
    this.#ducked = agentSpeaks && coach < OVER_AGENT;
    this.#apply();
    return { client: this.#level(graph.clientTap), coach: coach * graph.coachGate.gain.value };
  }

  /** The coach is gone: the agent hears the client alone. */
  release() {
    this.#clientClosed = this.#apart = this.#coachOpen = false;
    this.setCoach(null);
    this.#apply();
    this.#conversation = this.#graph = null;
  }

  #apply() {
    if (!this.#graph) return;
    const { clientGate, coachGate } = this.#graph;
    clientGate.gain.value = this.#clientClosed || this.#apart ? 0 : 1;
    coachGate.gain.value = this.#coachOpen && !this.#apart && !this.#ducked ? 1 : 0;
  }

  #connectCoach() {
    if (!this.#coach || !this.#graph) return;
    const { createSource, coachGate, coachTap } = this.#graph;
    try {
      this.#source = createSource(new MediaStream([this.#coach]));
      this.#source.connect(coachTap);
      this.#source.connect(coachGate);
    } catch {
      // Some browsers mix no sounds of different rates; the two still talk with each other.
      this.#source = null;
    }
  }

  #disconnectCoach() {
    this.#source?.disconnect();
    this.#source = null;
  }

  /** @param {AnalyserNode} tap */
  #level(tap) {
    tap.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample ** 2, 0) / TAP_SAMPLES);
  }
}

/**
 * Lays the gates into a call's wires; null where they are not as expected.
 * @param {Conversation} conversation
 * @returns {Graph | null}
 */
function lay(conversation) {
  const { context, mediaStreamSource: source, analyser, worklet } = conversation.input ?? {};
  if (!context?.createGain || !source || !analyser || !worklet) return null;
  const createSource = context.createMediaStreamSource.bind(context);
  /** @type {Graph} */
  const graph = {
    createSource,
    clientGate: context.createGain(),
    coachGate: context.createGain(),
    clientTap: context.createAnalyser(),
    coachTap: context.createAnalyser(),
  };
  graph.clientTap.fftSize = graph.coachTap.fftSize = TAP_SAMPLES;
  graph.coachGate.gain.value = 0;
  source.disconnect();
  source.connect(graph.clientGate);
  graph.clientGate.connect(analyser);
  graph.clientGate.connect(graph.clientTap);
  graph.coachGate.connect(worklet);
  // With another microphone the widget would go past the gate, also while the client is muted.
  context.createMediaStreamSource = (/** @type {MediaStream} */ stream) =>
    throughGate(createSource(stream), analyser, graph);
  graphs.set(conversation, graph);
  return graph;
}

/**
 * @param {MediaStreamAudioSourceNode} source
 * @param {AudioNode} analyser
 * @param {Graph} graph
 */
function throughGate(source, analyser, graph) {
  const connect = source.connect.bind(source);
  source.connect = (/** @type {any[]} */ ...to) => {
    if (to[0] !== analyser) return connect(.../** @type {[AudioNode]} */ (to));
    connect(graph.clientGate);
    // The widget replaces its stream a moment before it connects.
    graph.onRecaptured?.();
    return analyser;
  };
  return source;
}
