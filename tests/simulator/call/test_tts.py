from __future__ import annotations

import asyncio
import logging
import threading

import numpy as np
import pytest

from coachroom.simulator.call import espeak, tone_tts
from coachroom.simulator.call.tts import MAX_SENTENCE_CHARS, Voice, find_synthesiser, sentences

SENTENCE = "What would you like to be different?"


def samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, dtype="<i2")


def test_a_sentence_becomes_audible_speech() -> None:
    spoken = samples(espeak.start().say(SENTENCE, "en"))
    assert 1.0 < len(spoken) / 16_000 < 3.0
    assert 3_000 < np.abs(spoken.astype(int)).max() < 32_767


def test_words_make_a_difference() -> None:
    voice = Voice()
    assert voice.say("Goal") != voice.say("Reality")


def test_a_language_it_knows_sounds_different_and_an_unknown_one_is_spoken_all_the_same() -> None:
    speaker = espeak.start()
    assert speaker.say(SENTENCE, "de") != speaker.say(SENTENCE, "en")
    for unknown in ("xx", "no such language", "../../voices", "\ud800", ""):
        assert len(speaker.say(SENTENCE, unknown)) > 32_000


@pytest.mark.parametrize("odd", ["", "\0", "<b>&amp;</b> [[x]]", "\ud800", "日本語 🙂"])
def test_odd_sentences_do_no_harm(odd: str) -> None:
    assert len(espeak.start().say(odd, "en")) % 2 == 0


def test_resampling_keeps_pitch_and_length() -> None:
    wave = (10_000 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050)).astype("<i2").tobytes()
    slower = samples(espeak.to_16k(wave))
    assert len(slower) == 16_000
    assert np.argmax(np.abs(np.fft.rfft(slower))) == 440
    assert espeak.to_16k(b"") == b""


@pytest.mark.parametrize("length", [1, 100, 22_049, 22_051])
def test_resampling_keeps_the_duration_of_any_length(length: int) -> None:
    assert len(samples(espeak.to_16k(bytes(2 * length)))) == pytest.approx(length * 16_000 / 22_050, abs=1)


def test_resampling_removes_what_16_khz_cannot_carry() -> None:
    wave = (10_000 * np.sin(2 * np.pi * 10_000 * np.arange(22_050) / 22_050)).astype("<i2").tobytes()
    inner = samples(espeak.to_16k(wave))[500:-500]  # a tone that starts at once has all frequencies at its edges
    assert np.abs(inner.astype(int)).max() < 10


def test_many_threads_share_one_synthesiser() -> None:
    # The synthesiser begins each sentence at another phase: lengths repeat, samples do not.
    alone = {text: len(Voice().say(text)) for text in ("One.", "It is two.", "Three of them.", "Four more are here.")}
    shared, heard = Voice(cache_bytes=0), []
    threads = [threading.Thread(target=lambda t=text: heard.append((t, shared.say(t)))) for text in [*alone] * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 20
    assert all(len(pcm) == alone[text] for text, pcm in heard)


def test_a_sentence_is_synthesised_once_and_the_cache_is_bounded() -> None:
    asked: list[str] = []

    def synthesise(sentence: str, _language: str) -> bytes:
        asked.append(sentence)
        return bytes(100)

    voice = Voice(synthesise, cache_bytes=250)
    for sentence in ("a", "b", "a", "c", "a", "b"):
        asyncio.run(voice.speak(sentence))
    assert asked == ["a", "b", "c", "b"]


def test_without_a_synthesiser_there_are_tones_and_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start() -> espeak.Espeak:
        raise OSError("no library here")

    monkeypatch.setattr(espeak, "start", start)
    with caplog.at_level(logging.WARNING):
        say = find_synthesiser()
    assert say is tone_tts.say
    assert "speaks in tones" in caplog.text
    assert len(say(SENTENCE, "en")) > len(say("Hi", "en")) > 0


def test_sentences_are_split_where_one_would_breathe() -> None:
    assert sentences("Hello Ana. How are you?  Fine!\nGood") == ["Hello Ana.", "How are you?", "Fine!", "Good"]
    assert sentences("  ") == []
    pieces = sentences("word " * 200)
    assert all(0 < len(piece) <= MAX_SENTENCE_CHARS for piece in pieces)
    assert " ".join(pieces).split() == ["word"] * 200
    assert "".join(sentences("x" * 1000)) == "x" * 1000
