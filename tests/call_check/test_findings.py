"""The numbers of a call: waits by part, cut-ins, goodbye."""

from __future__ import annotations

from coachroom.call_check.findings import AnswerTimed, Findings, Goodbye, PauseTried


def test_waits_have_a_median_and_parts_where_they_are_known() -> None:
    found = Findings(
        answers=(AnswerTimed(10, 10.6, 11), AnswerTimed(20, 20.8, 22), AnswerTimed(30, None, 33)),
        pauses=(PauseTried(1, cut_in=False), PauseTried(3, cut_in=True)),
    )
    assert found.waits() == {
        "felt": {"answers": 3, "p50": 2000, "p95": 2900},
        "end_to_transcript": {"answers": 2, "p50": 700, "p95": 790},
        "transcript_to_sound": {"answers": 2, "p50": 800, "p95": 1160},
    }
    assert found.cut_ins == 1


def test_a_transcript_from_before_the_end_or_after_the_sound_is_no_part() -> None:
    for transcribed in (9.9, 12.1):
        assert AnswerTimed(10, transcribed, 12).parts_ms == {"felt": 2000}


def test_a_goodbye_is_complete_where_nothing_of_it_was_lost() -> None:
    assert Goodbye(hung_up=True, lost_seconds=0.1).complete
    assert not Goodbye(hung_up=True, lost_seconds=0.9).complete
    assert not Goodbye(hung_up=False).complete


def test_a_call_that_showed_nothing_has_no_numbers() -> None:
    found = Findings(ended="the line broke").as_json()
    assert (found["cut_ins"], found["waits_ms"], found["interruption_to_silence_ms"]) == (0, {}, None)
    assert found["ended"] == "the line broke"
