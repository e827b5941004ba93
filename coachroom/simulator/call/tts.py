"""The agent's voice: sentences become 16 kHz PCM.

Real, intelligible speech comes from espeak-ng. Where its library cannot be loaded, the voice is a soft tone a
syllable: one hears that the agent speaks, and the caption holds the words. A warning in the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable

from coachroom.simulator.call import espeak, tone_tts

Synthesiser = Callable[[str, str], bytes]  # sentence, language -> PCM 16 kHz

log = logging.getLogger(__name__)

# Two seconds of speech are 64 kB; the coach's own sentences fit many times over.
CACHE_BYTES = 16 * 1024 * 1024
MAX_SENTENCE_CHARS = 240  # about 15 s of speech: short enough to begin soon and to stop soon

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


class Voice:
    """Speaks sentences, remembers the recent ones. May be shared by any number of calls and threads."""

    def __init__(self, synthesiser: Synthesiser | None = None, cache_bytes: int = CACHE_BYTES) -> None:
        self._synthesiser = synthesiser
        self._cache: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._room = cache_bytes
        self._lock = threading.Lock()

    async def speak(self, sentence: str, language: str = "en") -> bytes:
        """PCM of one sentence. A new sentence takes a few milliseconds, off the event loop."""
        if (language, sentence) in self._cache:
            return self.say(sentence, language)
        return await asyncio.to_thread(self.say, sentence, language)

    def say(self, sentence: str, language: str = "en") -> bytes:
        """The same, in the calling thread."""
        with self._lock:
            key = (language, sentence)
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
            if self._synthesiser is None:
                self._synthesiser = find_synthesiser()
            pcm = self._synthesiser(sentence, language)
            self._remember(key, pcm)
            return pcm

    def _remember(self, key: tuple[str, str], pcm: bytes) -> None:
        self._cache[key] = pcm
        self._room -= len(pcm)
        while self._room < 0 and self._cache:
            _, oldest = self._cache.popitem(last=False)
            self._room += len(oldest)


def find_synthesiser() -> Synthesiser:
    """The best voice that this platform has."""
    try:
        return espeak.start().say
    except (ImportError, OSError, RuntimeError, AttributeError) as problem:
        log.warning("No speech synthesiser (%s): the practice agent speaks in tones.", problem)
        return tone_tts.say


def sentences(text: str) -> list[str]:
    """The text in pieces that can be spoken one after the other; a very long sentence is cut between words."""
    pieces: list[str] = []
    for sentence in _SENTENCE_END.split(text.strip()):
        rest = sentence.strip()
        while len(rest) > MAX_SENTENCE_CHARS:
            cut = rest.rfind(" ", 1, MAX_SENTENCE_CHARS)
            cut = cut if cut > 0 else MAX_SENTENCE_CHARS
            pieces.append(rest[:cut])
            rest = rest[cut:].strip()
        if rest:
            pieces.append(rest)
    return pieces
