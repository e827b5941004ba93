"""A client and a human coach in two browsers, each with a voice of one pitch, and what of them is heard where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page

from tests.open_server import OpenServer, until

CLIENT_HZ, COACH_HZ = 440, 1000
PRACTICE_RATE = 16_000
# A microphone that sounds while `window.sounds(true)`, in place of the browser's own that beeps.
# `window.loudness` tells how loud a pitch is in a stream, in decibels.
VOICE = """
(() => {
  const media = navigator.mediaDevices;
  if (!media) return;
  const ask = media.getUserMedia.bind(media);
  let context, voice, speaks;
  const microphone = () => {
    if (!context) {
      context = new AudioContext({ sampleRate: 48000 });
      const tone = context.createOscillator();
      tone.frequency.value = PITCH;
      voice = context.createGain();
      voice.gain.value = speaks ? 0.3 : 0;
      tone.connect(voice);
      tone.start();
    }
    context.resume();
    const end = context.createMediaStreamDestination();
    voice.connect(end);
    const [track] = end.stream.getAudioTracks();
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), echoCancellation: window.cancelsEcho ?? true });
    return track;
  };
  window.sounds = (on) => {
    speaks = on;
    if (voice) voice.gain.value = on ? 0.3 : 0;
  };
  media.getUserMedia = async (wanted) => {
    const stream = new MediaStream();
    if (wanted.video) (await ask({ video: wanted.video })).getTracks().forEach((track) => stream.addTrack(track));
    if (wanted.audio) stream.addTrack(microphone());
    window.tracks.push(...stream.getAudioTracks());
    return stream;
  };
  const Peer = window.RTCPeerConnection;
  const open = [];
  window.peers = 0;
  window.openPeers = () => open.filter((peer) => peer.connectionState !== "closed").length;
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) {
      super(...given);
      window.peers += 1;
      open.push(this);
    }
  };
  window.loudness = async (stream, pitches) => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const loudest = pitches.map(() => -200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    for (let n = 0; n < 8; n += 1) {
      analyser.getFloatFrequencyData(bins);
      pitches.forEach((pitch, i) => {
        const bin = Math.round(pitch / (48000 / 4096));
        loudest[i] = Math.max(loudest[i], bins[bin - 1], bins[bin], bins[bin + 1]);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    context.close();
    return loudest.map((each) => Math.max(-200, Math.round(each)));
  };
})()
"""
# Every stream of a media element on the page, also within the components.
STREAMS = """
(kind) => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches?.(kind) && node.srcObject) found.push(node.srcObject);
      if (node.shadowRoot) look(node.shadowRoot);
    }
  };
  look(document);
  return found;
}
"""


def voice_of(pitch: int) -> str:
    """The script for a page whose microphone has this pitch."""
    return VOICE.replace("PITCH", str(pitch))


def sounds(page: Page, on: bool) -> None:
    """Lets this page's person speak, or be quiet."""
    page.evaluate("(on) => window.sounds(on)", on)


def heard_in(page: Page, kind: str) -> tuple[int, int]:
    """How loud client and coach are in the first element of this kind that plays a remote sound, in decibels."""
    script = f"""async (pitches) => {{
      const streams = ({STREAMS})({kind!r}).filter((stream) => stream.getAudioTracks().length);
      return streams.length ? await window.loudness(streams[0], pitches) : pitches.map(() => -200);
    }}"""
    client, coach = page.evaluate(script, [CLIENT_HZ, COACH_HZ])
    return client, coach


@dataclass
class AtAgent:
    """What the practice coach was sent in one call."""

    server: OpenServer
    call: str

    def now(self, seconds: float = 0.6, settle: float = 0.6) -> tuple[int, int]:
        """How loud client and coach are in what it is sent from now on, in decibels of full scale."""
        begin = len(self.server.call(self.call).audio) + int(settle * PRACTICE_RATE) * 2
        wanted = int(seconds * PRACTICE_RATE) * 2
        sound = until(lambda: self._since(begin, wanted), 30)
        samples = np.frombuffer(sound, dtype="<i2") / 32768
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / (len(samples) / 4)
        client, coach = (_decibels(spectrum, pitch, len(samples)) for pitch in (CLIENT_HZ, COACH_HZ))
        return client, coach

    def _since(self, begin: int, wanted: int) -> bytes | None:
        sound = bytes(self.server.call(self.call).audio[begin : begin + wanted])
        return sound if len(sound) == wanted else None


def _decibels(spectrum: np.ndarray, pitch: int, samples: int) -> int:
    middle = round(pitch * samples / PRACTICE_RATE)
    loudest = float(spectrum[middle - 3 : middle + 4].max())
    return round(20 * np.log10(loudest)) if loudest > 0 else -200
