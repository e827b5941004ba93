from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.call import espeak
from coachroom.simulator.call.vad import FRAME_SAMPLES, EnergyVad
from coachroom.simulator.call.voices import HIGHEST_HZ, LOWEST_HZ, Voices, pitches
from coachroom.simulator.coach.rules import Speaker
from tests.simulator.serving import silence, sine

CLIENT_HZ, COACH_HZ = 440.0, 1_000.0
SENTENCES = (
    "I would like to speak up in meetings, and I do not know how to begin.",
    "Last week I said nothing at all, although I had a good idea.",
    "Maybe I could write one sentence down before we start.",
)


def heard(pcm: bytes) -> tuple[float, ...]:
    """The pitches of the one turn in this audio."""
    [turn] = EnergyVad().feed(pcm + silence(1.5))
    return turn.pitches


def frames(pcm: bytes) -> np.ndarray:
    whole = len(pcm) // (2 * FRAME_SAMPLES) * FRAME_SAMPLES
    return np.frombuffer(pcm, dtype="<i2")[:whole].reshape(-1, FRAME_SAMPLES).astype(np.float32)


@pytest.fixture(scope="module")
def speakers() -> list[list[bytes]]:
    """Each sentence by a woman and by a man."""
    try:
        synthesiser = espeak.start()
    except (ImportError, OSError, RuntimeError, AttributeError) as problem:
        pytest.skip(f"No espeak-ng here: {problem}")
    spoken = []
    for variant in ("+f3", "+m3"):
        synthesiser._library.espeak_SetVoiceByName(f"en-us{variant}".encode())
        synthesiser._language = "of this test"
        spoken.append([synthesiser.say(sentence, "of this test") for sentence in SENTENCES])
    synthesiser._language = None
    return spoken


@pytest.mark.parametrize("hz", [80.0, 110.0, 220.0, CLIENT_HZ, COACH_HZ])
def test_the_pitch_of_a_tone_is_its_frequency(hz: float) -> None:
    found = pitches(frames(sine(1.0, hz=hz)))
    assert all(abs(math.log2(each / hz)) < 0.05 for each in found)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 5_000, 16_000).astype("<i2").tobytes()
    assert not any(pitches(frames(silence(1.0))))
    assert sum(hz > 0 for hz in pitches(frames(noise))) < 5


def test_a_tone_clearly_higher_than_the_first_is_a_second_voice() -> None:
    voices = Voices()
    client, coach = heard(sine(2.0, hz=CLIENT_HZ)), heard(sine(2.0, hz=COACH_HZ))
    assert [voices.tell(turn) for turn in (client, coach, client, coach)] == [
        Speaker.FIRST,
        Speaker.SECOND,
        Speaker.FIRST,
        Speaker.SECOND,
    ]


def test_one_turn_may_hold_two_voices() -> None:
    voices = Voices()
    voices.tell(heard(sine(2.0, hz=CLIENT_HZ)))
    assert voices.tell(heard(sine(2.0, hz=CLIENT_HZ) + sine(2.0, hz=COACH_HZ))) is Speaker.BOTH


def test_a_voice_that_rises_a_little_is_the_same_voice() -> None:
    voices = Voices()
    voices.tell(heard(sine(1.0, hz=200)))
    assert voices.tell(heard(sine(1.0, hz=240))) is Speaker.FIRST


def test_a_turn_without_pitch_is_the_clients() -> None:
    voices = Voices()
    voices.tell(heard(sine(1.0, hz=200)))
    assert voices.tell([]) is Speaker.FIRST
    assert voices.tell([0.0] * 50) is Speaker.FIRST


@pytest.mark.parametrize("first", [0, 1])
def test_two_people_are_told_apart_whoever_speaks_first(speakers: list[list[bytes]], first: int) -> None:
    voices = Voices()
    told = [voices.tell(heard(speakers[who][n])) for n in range(len(SENTENCES)) for who in (first, 1 - first)]
    assert told == [Speaker.FIRST, Speaker.SECOND] * len(SENTENCES)


@given(st.lists(st.integers(-32_768, 32_767), min_size=FRAME_SAMPLES, max_size=FRAME_SAMPLES))
def test_the_pitch_of_any_frame_is_none_or_in_range(samples: list[int]) -> None:
    [hz] = pitches(np.array([samples], dtype=np.float32))
    assert hz == 0.0 or LOWEST_HZ * 0.9 <= hz <= HIGHEST_HZ * 1.1
