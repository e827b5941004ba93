"""The espeak-ng speech synthesiser, called as a library.

The library keeps one global state for the whole process: it is started once and must never be entered twice at
the same time, hence the lock.
"""

from __future__ import annotations

import ctypes
import re
import threading
from functools import cache
from typing import Any

import av
import numpy as np

from coachroom.simulator.call import protocol

_SYNCHRONOUS = 2  # audio goes to our callback, in the thread that asked
_DO_NOT_EXIT = 0x8000  # without it a missing data folder ends the whole process
_UTF8 = 1
_BY_CHARACTER = 1
_RATE, _RANGE = 1, 4
_WORDS_PER_MINUTE = 160
_INTONATION = 60
_VARIANT = "+f3"  # a softer voice than the default one
_FALLBACK = "en-us"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")

_NATIVE_RATE = 22_050
_SAMPLES, _CHANNELS = "s16", "mono"  # in FFmpeg's words

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """A started synthesiser. Raises OSError, RuntimeError or ImportError when this platform has none."""

    def __init__(self) -> None:
        import espeakng_loader  # noqa: PLC0415  it is an extra; without it the voice is tones

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
        if rate != _NATIVE_RATE:
            raise RuntimeError(f"espeak-ng could not start (answer {rate}).")
        self._lock = threading.Lock()
        self._pieces: list[bytes] = []
        self._callback = _Callback(self._collect)  # kept: the library calls it as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_RATE, _WORDS_PER_MINUTE, 0)
        self._library.espeak_SetParameter(_RANGE, _INTONATION, 0)
        self._language: str | None = None

    def say(self, sentence: str, language: str) -> bytes:
        """The sentence as PCM, 16 kHz, 16 bit, mono. An unknown language is spoken as English."""
        text = sentence.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        with self._lock:
            self._choose(language)
            self._pieces.clear()
            self._library.espeak_Synth(text, len(text), 0, _BY_CHARACTER, 0, _UTF8, None, None)
            native = b"".join(self._pieces)
        return to_16k(native)

    def _choose(self, language: str) -> None:
        if language == self._language:
            return
        # The library looks for a file of that name, and the language comes from a client: no paths.
        known = language.lower() if _LANGUAGE.fullmatch(language) else _FALLBACK
        for name in (known, _FALLBACK):
            if self._library.espeak_SetVoiceByName(f"{name}{_VARIANT}".encode()) == 0:
                break
        self._language = language

    def _collect(self, samples: int | None, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, 2 * count))
        return 0


@cache
def start() -> Espeak:
    """The one synthesiser of this process."""
    return Espeak()


def to_16k(pcm: bytes) -> bytes:
    """Resample 16 bit mono PCM from 22,050 Hz to 16,000 Hz."""
    if not pcm:
        return b""
    frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, dtype="<i2").reshape(1, -1), _SAMPLES, _CHANNELS)
    frame.sample_rate = _NATIVE_RATE
    resampler = av.AudioResampler(_SAMPLES, _CHANNELS, protocol.SAMPLE_RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return b"".join(part.to_ndarray().tobytes() for part in frames)
