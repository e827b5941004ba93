// The little of Web Audio and of WebRTC that a human coach in the room needs: who is connected with whom, and how loud.

/** A sound node: `targets` are those it is connected with. */
function node(kind, more = {}) {
  const made = {
    kind,
    targets: new Set(),
    connect(target) {
      made.targets.add(target);
      return target;
    },
    disconnect: () => made.targets.clear(),
    ...more,
  };
  return made;
}

export function fakeTrack(kind = "audio", level = 0) {
  const track = {
    kind,
    level,
    enabled: true,
    readyState: "live",
    settings: {},
    getSettings: () => track.settings,
    stop: () => (track.readyState = "ended"),
    clone() {
      const copy = fakeTrack(kind, level);
      copy.copyOf = track;
      return copy;
    },
  };
  return track;
}

export class FakeStream {
  static #made = 0;
  constructor(tracks = []) {
    this.id = `stream-${(FakeStream.#made += 1)}`;
    this.tracks = tracks;
  }
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === "audio");
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === "video");
}

/** How loud a node is: what comes in, times its own gain. */
function level(sought, all) {
  if (sought.kind === "source") return sought.stream.tracks[0].level;
  const comes = all
    .filter(({ targets }) => targets.has(sought))
    .reduce((sum, each) => sum + level(each, all), 0);
  return comes * (sought.gain?.value ?? 1);
}

function fakeContext() {
  const nodes = [];
  const add = (made) => nodes.push(made) && made;
  const analyser = () => {
    const made = node("analyser", {
      getFloatTimeDomainData: (samples) => samples.fill(level(made, nodes)),
    });
    return add(made);
  };
  return {
    nodes,
    createGain: () => add(node("gain", { gain: { value: 1 } })),
    createAnalyser: analyser,
    createMediaStreamSource: (stream) => add(node("source", { stream })),
  };
}

/** Gives a conversation the widget's wires; `heard()`: how loud it is at the agent. */
export function withSound(conversation, microphone = fakeTrack("audio", 0.5)) {
  const context = fakeContext();
  const analyser = context.createAnalyser();
  const worklet = node("worklet");
  analyser.connect(worklet);
  const stream = new FakeStream([microphone]);
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  conversation.input = { context, analyser, worklet, mediaStreamSource: source, inputStream: stream };
  const voice = fakeTrack();
  conversation.volumes = [];
  conversation.setVolume = ({ volume }) => conversation.volumes.push(volume);
  conversation.output = {
    interrupted: 0,
    interrupt: () => (conversation.output.interrupted += 1),
    audioElement: { srcObject: new FakeStream([voice]) },
  };
  return {
    conversation,
    voice,
    microphone,
    heard: () => level(worklet, context.nodes),
    /** As the widget does when a device has changed. */
    recapture(track) {
      const { input } = conversation;
      input.inputStream.getTracks().forEach((each) => each.stop());
      input.mediaStreamSource.disconnect();
      input.inputStream = new FakeStream([track]);
      input.mediaStreamSource = context.createMediaStreamSource(input.inputStream);
      input.mediaStreamSource.connect(analyser);
    },
  };
}

export class FakePeer {
  connectionState = "new";
  remoteDescription = null;
  localDescription = null;
  transceivers = [];
  candidates = [];
  restarts = 0;
  closed = false;
  addTransceiver(trackOrKind, { direction, streams }) {
    const track = typeof trackOrKind === "string" ? null : trackOrKind;
    const kind = track?.kind ?? trackOrKind;
    return this.#place(kind, track, direction, streams);
  }
  /** What the other side offers. */
  offered(...kinds) {
    for (const kind of kinds) this.#place(kind, null, "recvonly", []);
  }
  #place(kind, track, direction, streams) {
    const sender = {
      track,
      streams,
      replaceTrack: async (next) => (sender.track = next),
      setStreams: (...given) => (sender.streams = given),
    };
    const made = { sender, direction, receiver: { track: fakeTrack(kind) } };
    this.transceivers.push(made);
    return made;
  }
  getTransceivers = () => this.transceivers;
  async setLocalDescription() {
    const type = this.remoteDescription?.type === "offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: `sdp-${this.restarts}` };
  }
  async setRemoteDescription(desc) {
    this.remoteDescription = desc;
  }
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("no remote description");
    this.candidates.push(candidate.candidate);
  }
  restartIce() {
    this.restarts += 1;
  }
  close() {
    this.closed = true;
    this.connectionState = "closed";
  }
  /** The connection comes or goes. */
  becomes(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** Sockets that the tests open, speak through and close. */
export function fakeSockets() {
  const made = [];
  return {
    made,
    get last() {
      return made.at(-1);
    },
    connect(address) {
      const socket = {
        address,
        readyState: 0,
        sent: [],
        closedWith: null,
        send: (text) => socket.sent.push(JSON.parse(text)),
        close(code) {
          socket.readyState = 3;
          socket.closedWith = code ?? null;
        },
        opens() {
          socket.readyState = 1;
          socket.onopen();
        },
        says: (message) => socket.onmessage({ data: JSON.stringify(message) }),
        drops(code = 1006, reason = "") {
          socket.readyState = 3;
          socket.onclose({ code, reason });
        },
        of: (type) => socket.sent.filter((message) => message.type === type),
      };
      made.push(socket);
      return socket;
    },
  };
}
