"""The noise of a café: people talk at tables nearby, cups are put down, a machine hisses. The same each time."""

from __future__ import annotations

from random import Random

import numpy as np

from coachroom.simulator.call.protocol import SAMPLE_RATE
from coachroom.simulator.call.tts import Voice

TABLES = 4
SENTENCES = (
    "Did you see the match last night, I could not believe how it ended.",
    "We moved the meeting to Thursday because nobody could come.",
    "Two flat whites and a slice of the carrot cake, please.",
    "She told me the same story twice and laughed each time.",
    "If it rains again tomorrow we will stay at home and paint the kitchen.",
    "No, the other one, with the blue door next to the baker.",
)
# Root mean square of 16-bit samples: somebody at the next table, 24 dB below full scale.
TABLE_RMS = 2_000.0
PAUSES_S = (0.2, 2.5)
CUPS_A_MINUTE = 12
CUP_S = 0.12
CUP_PEAK = 12_000.0
HISS_EVERY_S = 45
HISS_S = 6.0
HISS_RMS = 1_500.0


def cafe_noise(seconds: float, seed: int = 12) -> np.ndarray:
    """16-bit samples at 16 kHz."""
    random, size = Random(seed), round(seconds * SAMPLE_RATE)
    noise = np.zeros(size)
    for _ in range(TABLES):
        noise += _table(random, size)
    hiss = np.random.default_rng(seed)
    for _ in range(round(seconds / 60 * CUPS_A_MINUTE)):
        length = round(CUP_S * SAMPLE_RATE)
        cup = hiss.normal(size=length) * np.exp(-np.linspace(0, 8, length)) * CUP_PEAK / 3
        _add(noise, cup, random.randrange(size))
    for begin in range(0, size, HISS_EVERY_S * SAMPLE_RATE):
        _add(noise, hiss.normal(size=round(HISS_S * SAMPLE_RATE)) * HISS_RMS, begin)
    return np.clip(noise, -32_768, 32_767).astype("<i2")


def _table(random: Random, size: int) -> np.ndarray:
    """One voice that talks on and on, at its own pitch."""
    voice, talk, at = Voice(), np.zeros(size), random.randrange(SAMPLE_RATE)
    pitch = random.uniform(0.8, 1.25)
    while at < size:
        said = np.frombuffer(voice.say(random.choice(SENTENCES)), dtype="<i2").astype(float)
        said = np.interp(np.arange(0, len(said), pitch), np.arange(len(said)), said)
        _add(talk, said * TABLE_RMS / np.sqrt(np.mean(said**2)), at)
        at += len(said) + round(random.uniform(*PAUSES_S) * SAMPLE_RATE)
    return talk


def _add(noise: np.ndarray, sound: np.ndarray, at: int) -> None:
    room = noise[at : at + len(sound)]
    room += sound[: len(room)]
