"""A voice without words: one soft tone a syllable, for platforms on which espeak-ng does not load."""

from __future__ import annotations

import re

import numpy as np

from coachroom.simulator.call.protocol import SAMPLE_RATE

_SYLLABLE_S = 0.16
_PAUSE_S = 0.25
_PITCHES_HZ = (220.0, 247.0, 262.0, 247.0, 233.0)
_LOUDNESS = 6_000
_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòù]+", re.IGNORECASE)


def say(sentence: str, _language: str) -> bytes:
    """The rhythm of the sentence as PCM, 16 kHz, 16 bit, mono."""
    syllables = max(1, len(_VOWELS.findall(sentence)))
    time = np.arange(int(SAMPLE_RATE * _SYLLABLE_S)) / SAMPLE_RATE
    envelope = np.sin(np.pi * time / _SYLLABLE_S) ** 2
    tones = [envelope * np.sin(2 * np.pi * _PITCHES_HZ[n % len(_PITCHES_HZ)] * time) for n in range(syllables)]
    silence = np.zeros(int(SAMPLE_RATE * _PAUSE_S))
    return (np.concatenate([*tones, silence]) * _LOUDNESS).astype("<i2").tobytes()
