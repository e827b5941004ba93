"""How many requests are received at once: never more than allowed, from nobody and in all, whatever is asked."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.web.refusals import TooManyAtOnceError
from coachroom.web.under_way import Reception, UnderWay

STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "hold", "received", "end"]), st.integers(0, 5), st.integers(0, 60))
)


@given(STEPS)
def test_counts_and_bytes_never_pass_their_bounds_and_end_at_nothing(steps: list[tuple[str, int, int]]) -> None:
    under_way = UnderWay(in_all=4, from_each=2, max_bytes=100)
    running: list[tuple[str, AbstractContextManager[Reception], Reception, list[int]]] = []
    for step, choice, size in steps:
        if step == "begin":
            sender = f"sender {choice % 3}"
            place = under_way.one(sender)
            try:
                running.append((sender, place, place.__enter__(), []))
            except TooManyAtOnceError:
                continue
        elif running:
            sender, place, reception, held = running[choice % len(running)]
            if step == "end":
                place.__exit__(None, None, None)
                del running[choice % len(running)]
            elif step == "received":
                reception.received()
            else:
                try:
                    reception.hold(size)
                    held.append(size)
                except TooManyAtOnceError:
                    assert under_way.bytes + size > 100
        assert 0 <= under_way.count <= 4
        assert under_way.bytes == sum(sum(held) for *_, held in running) <= 100
    for _, place, *_ in running:
        place.__exit__(None, None, None)
    assert (under_way.count, under_way.bytes) == (0, 0)
    with under_way.one("sender 0"), under_way.one("sender 0"):
        assert under_way.count == 2


def test_one_sender_leaves_places_to_the_others() -> None:
    under_way = UnderWay(in_all=3, from_each=2, max_bytes=10)
    with under_way.one("a"), under_way.one("a"):
        with pytest.raises(TooManyAtOnceError) as caught, under_way.one("a"):
            pass
        assert caught.value.retry_after == 5
        with under_way.one("b") as reception:
            reception.received()
            with under_way.one("c"):
                assert under_way.count == 3
