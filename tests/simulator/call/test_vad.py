from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.call.vad import EnergyVad, SpeechSegment
from tests.simulator.serving import silence, sine


def hear(hearing: EnergyVad, pcm: bytes, chunk: int = 1024) -> list[SpeechSegment]:
    return [spoken for n in range(0, len(pcm), chunk) for spoken in hearing.feed(pcm[n : n + chunk])]


def beeps(seconds: float, beep: float = 0.02) -> bytes:
    """Chromium's fake microphone: a short beep twice a second."""
    return (sine(beep) + silence(0.5 - beep)) * int(2 * seconds)


def test_a_sentence_becomes_a_turn_of_its_own_length() -> None:
    turns = hear(EnergyVad(), silence(0.5) + sine(2.0) + silence(1.2))
    assert len(turns) == 1
    assert abs(turns[0].seconds - 2.0) < 0.1


def test_a_pause_for_thought_does_not_end_the_turn() -> None:
    assert hear(EnergyVad(), sine(1.0) + silence(0.6) + sine(1.0)) == []


def test_silence_a_click_and_a_cough_are_no_turn() -> None:
    assert hear(EnergyVad(), silence(5.0)) == []
    assert hear(EnergyVad(), sine(0.02) + silence(3.0)) == []
    assert hear(EnergyVad(), sine(0.1) + silence(3.0)) == []


def test_a_quiet_room_is_silence() -> None:
    assert hear(EnergyVad(), sine(3.0, loudness=300) + silence(1.0)) == []


def test_a_beeping_microphone_yields_turns_and_never_barges_in() -> None:
    hearing, turns, barged = EnergyVad(), [], False
    pcm = beeps(20)
    for n in range(0, len(pcm), 1024):
        turns += hearing.feed(pcm[n : n + 1024])
        barged = barged or hearing.barging_in
    assert 3 <= len(turns) <= 5
    assert not barged


def test_somebody_who_never_pauses_is_answered_at_last() -> None:
    assert len(hear(EnergyVad(), sine(16.0))) == 1


def test_a_long_answer_is_not_cut_at_the_time_for_beeps() -> None:
    assert hear(EnergyVad(), (sine(0.6) + silence(0.3)) * 9) == []


def test_barge_in_needs_more_than_a_word() -> None:
    hearing = EnergyVad()
    hear(hearing, sine(0.4) + silence(0.2))
    assert not hearing.barging_in
    hear(hearing, sine(0.4))
    assert hearing.barging_in


def test_a_microphone_that_stops_ends_the_turn() -> None:
    hearing = EnergyVad()
    hear(hearing, sine(1.0))
    assert hearing.speaking
    assert hearing.stop() is not None
    assert hearing.stop() is None


def test_the_score_follows_the_voice() -> None:
    hearing = EnergyVad()
    assert hearing.score == 0.0
    hear(hearing, sine(0.5))
    assert hearing.score == 1.0
    hear(hearing, silence(0.5))
    assert hearing.score == 0.0


@given(st.integers(1, 5000))
def test_the_size_of_chunks_does_not_matter(chunk: int) -> None:
    pcm = silence(0.1) + sine(0.7) + silence(1.0)
    assert hear(EnergyVad(), pcm, chunk) == hear(EnergyVad(), pcm)


@given(st.lists(st.binary(max_size=5000), max_size=20))
def test_any_bytes_are_accepted(chunks: list[bytes]) -> None:
    hearing = EnergyVad()
    for chunk in chunks:
        assert all(spoken.seconds > 0 for spoken in hearing.feed(chunk))
        assert 0.0 <= hearing.score <= 1.0
