"""When the agent is heard, as a browser would play its sound."""

from __future__ import annotations

import pytest

from coachroom.call_check.loudspeaker import Loudspeaker
from tests.simulator.serving import silence, sine


def test_a_piece_plays_after_the_one_before_and_its_first_loud_moment_is_the_start() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.play(silence(0.3) + sine(1.0), now=10)
    loudspeaker.play(sine(1.0), now=10.1)
    assert loudspeaker.starts == [pytest.approx(10.3, abs=0.011)]
    assert loudspeaker.remaining(11) == pytest.approx(1.3)
    loudspeaker.play(sine(0.5), now=20)
    assert loudspeaker.starts[1:] == [pytest.approx(20, abs=0.011)]


def test_what_is_interrupted_is_not_heard() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.play(sine(1.0) + silence(1.0) + sine(1.0), now=10)
    assert len(loudspeaker.starts) == 2
    loudspeaker.stop(now=10.5)
    assert loudspeaker.remaining(10.5) == 0
    assert len(loudspeaker.starts) == 1
    loudspeaker.play(sine(1.0), now=11)
    assert loudspeaker.starts[1:] == [pytest.approx(11, abs=0.011)]
