"""What a client says, prepared to the millisecond, and both sides of a call recorded by one clock."""

from __future__ import annotations

import base64
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from coachroom.simulator.call.tts import Voice

RATE = 16_000
# What a browser's capture of a file is opened with.
FILE_RATE = 48_000
WORDS = "I would like to sleep better and I do not know how to begin with that this week"
# Speech is cut where it is loud, so that its end is a moment and not a fading vowel.
LOUD = 0.1
EDGE = RATE // 100

# Records what the widget hears and plays, side by side in one context, before and beside our own measurement.
RECORD_BOTH = """
(() => {
  const worklet = `registerProcessor("both", class extends AudioWorkletProcessor {
    process([client, agent]) {
      const silence = new Float32Array(128);
      this.port.postMessage([(client[0] ?? silence).slice(), (agent[0] ?? silence).slice()]);
      return true;
    }
  })`;
  const found = {};
  window.recorded = [[], []];
  const start = async () => {
    if (!found.client || !found.agent || found.started) return;
    found.started = true;
    const context = new AudioContext({ sampleRate: 16000 });
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: "text/javascript" })));
    const node = new AudioWorkletNode(context, "both", { numberOfInputs: 2 });
    realSource.call(context, found.client).connect(node, 0, 0);
    realSource.call(context, found.agent).connect(node, 0, 1);
    node.connect(context.destination);
    node.port.onmessage = ({ data }) => data.forEach((part, side) => window.recorded[side].push(part));
  };
  const realSource = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    if (this.sampleRate === 16000) found.client = stream;
    start();
    return realSource.call(this, stream);
  };
  const realTarget = AudioContext.prototype.createMediaStreamDestination;
  AudioContext.prototype.createMediaStreamDestination = function () {
    const target = realTarget.call(this);
    found.agent = target.stream;
    start();
    return target;
  };
})()
"""
READ_BOTH = """() => window.recorded.map((parts) => {
  const all = new Int16Array(parts.length * 128);
  parts.forEach((part, at) => part.forEach((value, i) => (all[at * 128 + i] = value * 32767)));
  let text = "";
  const bytes = new Uint8Array(all.buffer);
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
})"""


def speech(seconds: float) -> np.ndarray:
    """Spoken words, -1 to 1, that are loud at their first and their last moment."""
    samples = np.frombuffer(Voice().say(f"{WORDS}. {WORDS}."), dtype="<i2") / 32768
    edges = np.flatnonzero(levels(samples) > LOUD) * EDGE
    begin = edges[0]
    end = edges[edges <= begin + seconds * RATE][-1] + EDGE
    return np.asarray(samples[begin:end])


def levels(samples: np.ndarray) -> np.ndarray:
    """Root mean squares of each 10 ms."""
    whole = samples[: len(samples) // EDGE * EDGE].reshape(-1, EDGE)
    return np.asarray(np.sqrt(np.mean(whole * whole, axis=1)))


def write_file(path: Path, parts: Sequence[float]) -> Path:
    """A file of speech and silence in turns, in seconds, the first one speech. Browsers play it again and again."""
    pieces = [
        speech(seconds) if place % 2 == 0 else np.zeros(round(seconds * RATE)) for place, seconds in enumerate(parts)
    ]
    pcm = (np.repeat(np.concatenate(pieces), FILE_RATE // RATE) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, FILE_RATE, 0, "NONE", "not compressed"))
        file.writeframes(pcm.tobytes())
    return path


@dataclass(frozen=True)
class Recording:
    """Both sides, -1 to 1."""

    client: np.ndarray
    agent: np.ndarray

    def waits_ms(self) -> list[float]:
        """From the client's last sound to the agent's first one after at least half a second of quiet."""
        loud = np.flatnonzero(levels(self.agent) > 0.003)
        begins = [at for at, before in zip(loud[1:], loud, strict=False) if at - before > 50]
        voiced = np.flatnonzero(np.abs(self.client) > 0.03)
        waits = []
        for at in begins:
            start = at * EDGE
            before = voiced[voiced < start]
            if len(before):
                waits.append((start - before[-1]) / RATE * 1000)
        return waits


def recording_of(page: Page) -> Recording:
    client, agent = (np.frombuffer(base64.b64decode(side), dtype="<i2") / 32768 for side in page.evaluate(READ_BOTH))
    return Recording(client, agent)
