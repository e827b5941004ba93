"""Telling two voices apart by their pitch: all that a coach without speech recognition can know of who speaks. Pure.

The first voice of a call is its client's, as nobody else is in the room at its beginning. What is clearly higher or
lower is a second voice. Two people whose voices lie close to each other are one voice here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from coachroom.simulator.call.protocol import SAMPLE_RATE
from coachroom.simulator.coach.rules import Speaker

# From a deep voice to above a child's; the tones by which tests stand for people are in it too.
LOWEST_HZ, HIGHEST_HZ = 70.0, 1_200.0
# A frame has a pitch if it is at least so like itself one period later; noise and consonants are not.
LIKENESS = 0.5
# The first peak this near to the highest is the period: the later ones are its multiples.
NEAR_HIGHEST = 0.9
# A third of an octave and a bit: sentences rise and fall by less around their middle.
APART_OCTAVES = 0.4
# The share of pitched frames away from the first voice: below the one it was the first, above the other the second.
FIRST_BELOW, SECOND_ABOVE = 0.3, 0.7
# Fewer pitched frames say nothing.
MIN_PITCHED = 4


def pitches(frames: NDArray[np.float32]) -> list[float]:
    """The pitch of each frame (one a row, samples at SAMPLE_RATE) in Hz; 0.0 where it has none."""
    count = frames.shape[1]
    centred = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * count, axis=1)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :count]
    # A long lag has fewer samples to compare.
    likeness /= (count - np.arange(count)) * np.maximum(likeness[:, :1], 1.0) / count
    shortest, longest = math.floor(SAMPLE_RATE / HIGHEST_HZ), math.ceil(SAMPLE_RATE / LOWEST_HZ)
    return [_pitch(row, shortest, longest) for row in likeness]


def _pitch(likeness: NDArray[np.float32], shortest: int, longest: int) -> float:
    inner = likeness[shortest : longest + 1]
    peaks = np.flatnonzero(
        (inner >= likeness[shortest - 1 : longest]) & (inner > likeness[shortest + 1 : longest + 2])
    )
    if not peaks.size or (highest := inner[peaks].max()) < LIKENESS:
        return 0.0
    first = peaks[inner[peaks] >= NEAR_HIGHEST * highest][0]
    return SAMPLE_RATE / (shortest + int(first))


class Voices:
    """The voices of one call: give it the pitches of one utterance after the other."""

    def __init__(self) -> None:
        self._first_hz: float | None = None

    def tell(self, heard_hz: Sequence[float]) -> Speaker:
        """Who spoke an utterance with these pitches (Hz; 0.0 is none). Too few of them count as the first voice."""
        pitched = [hz for hz in heard_hz if hz > 0]
        if len(pitched) < MIN_PITCHED:
            return Speaker.FIRST
        if self._first_hz is None:
            self._first_hz = median(pitched)
        away = sum(abs(math.log2(hz / self._first_hz)) > APART_OCTAVES for hz in pitched) / len(pitched)
        if away < FIRST_BELOW:
            return Speaker.FIRST
        return Speaker.SECOND if away > SECOND_ABOVE else Speaker.BOTH
