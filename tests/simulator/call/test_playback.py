from __future__ import annotations

import pytest

from coachroom.simulator.call.playback import Playback, Utterance


def test_audio_plays_one_after_the_other_and_starts_again_after_a_gap() -> None:
    playback = Playback()
    playback.add(1.0, now=10.0)
    playback.add(1.0, now=10.1)
    assert playback.remaining(10.5) == pytest.approx(1.5)
    assert playback.remaining(13.0) == 0.0
    playback.add(1.0, now=20.0)
    assert playback.remaining(20.0) == pytest.approx(1.0)
    playback.clear()
    assert playback.remaining(20.0) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1.0, "\u2026"),
        (0.0, "\u2026"),
        (1.0, "One two\u2026"),
        (2.0, "One two three four\u2026"),
        (3.5, "One two three four Five six seven\u2026"),
        (9.0, "One two three four Five six seven eight\u2026"),
    ],
)
def test_what_was_played_is_cut_between_words(seconds: float, text: str) -> None:
    utterance = Utterance("One two three four Five six seven eight.", 1)
    utterance.spoken = [("One two three four", 2.0), ("Five six seven eight", 2.0)]
    assert utterance.spoken_until(seconds) == text
