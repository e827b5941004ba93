"""The coach's laptop falls asleep: its socket says nothing any more, and the visit is over after a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from coachroom.live import desk
from coachroom.live.states import JoinEnd
from coachroom.rooms.states import EndReason
from tests.web.live_pages import CARLA, admitted, asleep, client_page, talking
from tests.web.serving import Served, serving

# As in production, but faster.
PINGS = {"ws": "websockets-sansio", "ws_ping_interval": 0.5, "ws_ping_timeout": 0.5}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("asleep")
    with serving(folder, server_options=PINGS, live_coach=True) as running:
        yield running


def test_a_coach_whose_laptop_sleeps_is_away_and_then_gone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MAX_UNLINKED", timedelta(seconds=3))
    session = talking(served)
    join = admitted(served, session)
    with client_page(served, session) as client:
        client.next("hello")
        with asleep(served, f"/live/{join.id}", CARLA):
            assert client.next("peer")["here"]
            assert not client.next("peer")["here"]
            assert served.services.joins.open_in(session.id) == join
            assert client.closed() == (4002, "lost")
    kept = served.services.joins.find(join.id)
    assert kept is not None
    assert kept.end_reason is JoinEnd.LOST
    served.services.sessions.end(session.id, EndReason.CLIENT)
