"""What is said in the call: thoughts with pauses in them, an interruption, and a goodbye."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SAMPLE_RATE = 16_000
# A sentence -> signed 16-bit little-endian PCM at SAMPLE_RATE, mono.
Speak = Callable[[str], bytes]
# Quieter than this, of full scale, is no voice.
LOUD = 0.01
BLOCK = SAMPLE_RATE // 100
# What an answer is taken to last, where the length of a call is told before it.
ANSWER_SECONDS = 8.0


@dataclass(frozen=True)
class Thought:
    """One thing that the client says in pieces. `pauses`: seconds of silence between them, one fewer than pieces."""

    pieces: tuple[str, ...]
    pauses: tuple[float, ...]


@dataclass(frozen=True)
class CallScript:
    """One call. `interruption` is said into the last thought's answer; `goodbye` is typed, as any agent takes it."""

    thoughts: tuple[Thought, ...]
    interruption: str
    goodbye: str


SCRIPT = CallScript(
    thoughts=(
        Thought(("I would like to sleep better.", "Most evenings I work until late."), (1.0,)),
        Thought(("When I stop working", "I cannot stop thinking about the next day."), (2.0,)),
        Thought(("I think that what I need", "is a clear end of my day.", "Something like a walk."), (3.0, 1.5)),
        Thought(("What keeps me from it", "is that I do not trust myself with it."), (5.0,)),
        Thought(("Maybe the first step", "is to ask somebody to walk with me."), (8.0,)),
    ),
    interruption="Wait, before you go on, there is something else that I want to tell you about it.",
    goodbye="Thank you, that is all for today. Goodbye!",
)


def spoken(speak: Speak, sentence: str) -> bytes:
    """The sentence without the silence before and after it, so that its end is the end of a voice."""
    pcm = speak(sentence)
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768
    whole = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    loud = np.flatnonzero(np.sqrt(np.mean(whole * whole, axis=1)) >= LOUD)
    return pcm[2 * BLOCK * loud[0] : 2 * BLOCK * (loud[-1] + 1)] if len(loud) else pcm


def seconds(pcm: bytes) -> float:
    """How long it sounds."""
    return len(pcm) / (2 * SAMPLE_RATE)


def expected_seconds(script: CallScript, speak: Speak) -> float:
    """How long the call takes where each answer takes ANSWER_SECONDS."""
    said = [piece for thought in script.thoughts for piece in thought.pieces]
    voice = sum(seconds(spoken(speak, sentence)) for sentence in (*said, script.interruption))
    pauses = sum(pause for thought in script.thoughts for pause in thought.pauses)
    # The greeting, an answer to each thought, to the interruption and to the goodbye.
    return voice + pauses + ANSWER_SECONDS * (len(script.thoughts) + 3)
