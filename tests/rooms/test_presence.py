"""Who is in which room: one seat a session, held by one tab."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from coachroom.rooms.presence import Presence
from tests.services import NOON

GRACE = timedelta(seconds=60)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def gone(presence: Presence, seconds: float, *alive: str) -> tuple[str, ...]:
    return presence.sweep(after(seconds), lambda tab: tab in alive, GRACE).gone


def test_the_second_tab_takes_over_and_the_first_is_returned() -> None:
    presence = Presence()
    assert presence.take("s", "first", NOON) is None
    assert presence.take("s", "first", NOON) is None
    assert presence.take("s", "second", NOON) == "first"
    assert presence.holder("s") == "second"
    assert presence.take("s", "first", NOON) == "second"


def test_a_tab_that_lost_its_seat_cannot_leave_for_the_one_that_has_it() -> None:
    presence = Presence()
    presence.take("s", "first", NOON)
    presence.take("s", "second", NOON)
    presence.leave("first", after(1))
    assert presence.holder("s") == "second"


def test_a_reload_within_the_grace_period_keeps_the_session() -> None:
    presence = Presence()
    presence.take("s", "before", NOON)
    assert gone(presence, 1, "before") == ()
    assert gone(presence, 60) == ()
    presence.take("s", "after", after(60))
    assert gone(presence, 300, "after") == ()


def test_a_dropped_connection_that_comes_back_by_itself_keeps_its_seat() -> None:
    presence = Presence()
    presence.take("s", "tab", NOON)
    assert gone(presence, 30) == ()
    assert presence.holder("s") == "tab"
    assert gone(presence, 50, "tab") == ()
    assert gone(presence, 100) == ()


def test_somebody_who_stays_away_is_gone_after_the_grace_period_last_seen_when_last_seen() -> None:
    presence = Presence()
    presence.take("s", "tab", NOON)
    presence.sweep(after(10), lambda tab: True, GRACE)
    assert gone(presence, 70) == ()
    sweep = presence.sweep(after(70.1), lambda tab: False, GRACE)
    assert sweep.gone == ("s",)
    assert sweep.seen == {"s": after(10)}


def test_leaving_inside_the_app_starts_the_grace_period_though_the_socket_lives_on() -> None:
    presence = Presence()
    presence.take("s", "tab", NOON)
    presence.leave("tab", after(20))
    assert presence.holder("s") is None
    assert gone(presence, 79, "tab") == ()
    assert presence.take("s", "tab", after(79)) is None
    presence.leave("tab", after(80))
    assert gone(presence, 141, "tab") == ("s",)


def test_after_a_restart_the_grace_period_begins_anew_and_nobody_was_seen_since() -> None:
    presence = Presence()
    presence.expect("s", NOON, after(50))
    sweep = presence.sweep(after(110), lambda tab: True, GRACE)
    assert (sweep.gone, sweep.seen) == ((), {"s": NOON})
    assert len(presence) == 0
    assert gone(presence, 110.1) == ("s",)
    assert presence.take("s", "tab", after(111)) is None
    assert gone(presence, 300, "tab") == ()


def test_who_is_excused_has_the_whole_grace_period_again_and_was_not_seen() -> None:
    presence = Presence()
    presence.take("s", "tab", NOON)
    presence.excuse("s", after(100))
    sweep = presence.sweep(after(160), lambda tab: False, GRACE)
    assert (sweep.gone, sweep.seen) == ((), {"s": NOON})
    assert gone(presence, 160.1) == ("s",)


def test_a_seat_that_is_dropped_is_forgotten() -> None:
    presence = Presence()
    presence.take("s", "tab", NOON)
    assert presence.drop("s") == "tab"
    assert presence.drop("s") is None
    assert presence.holder("s") is None
    assert gone(presence, 1000) == ()


def test_only_so_many_self_views_go_through_the_server() -> None:
    presence = Presence()
    for session in ("a", "b", "c"):
        presence.take(session, f"tab of {session}", NOON)
    assert presence.claim_webrtc("a", most=2)
    assert presence.claim_webrtc("b", most=2)
    assert not presence.claim_webrtc("c", most=2)
    assert presence.claim_webrtc("a", most=2), "asking again is no second claim"
    presence.drop("b")
    assert presence.claim_webrtc("c", most=2)
    assert not presence.claim_webrtc("a", most=0)
    assert not presence.claim_webrtc("nobody", most=2)


def test_those_who_are_there_are_counted() -> None:
    presence = Presence()
    assert len(presence) == 0
    presence.take("a", "tab-a", NOON)
    presence.take("b", "tab-b", NOON)
    assert len(presence) == 2
    presence.sweep(after(1), lambda tab: tab == "tab-a", GRACE)
    assert len(presence) == 1
    presence.leave("tab-a", after(2))
    assert len(presence) == 0


def test_of_many_tabs_at_once_one_keeps_the_seat_and_each_other_one_is_displaced_once() -> None:
    presence = Presence()
    returned: list[str | None] = []
    gate = threading.Barrier(8)

    def take(tab: str) -> None:
        gate.wait(10)
        returned.append(presence.take("s", tab, NOON))

    threads = [threading.Thread(target=take, args=[f"tab-{i}"]) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holder = presence.holder("s")
    assert sorted([*(tab for tab in returned if tab), holder]) == [f"tab-{i}" for i in range(8)]
