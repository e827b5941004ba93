"""Days are the client's: what is due, late and today follows the time zone of their browser."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coachroom.app.container import Services
from coachroom.coaching.actions import end_of
from coachroom.coaching.changes import Became
from coachroom.coaching.proposals import ProposalKind
from coachroom.metrics.run import run
from tests.coaching.reported import heard, noted
from tests.services import ANA, BEN, HandClock, enter, store_of

MAY_1 = date(2026, 5, 1)
LOS_ANGELES, AUCKLAND = "America/Los_Angeles", "Pacific/Auckland"


def at(zone: str, day: date, hour: int, minute: int = 0) -> datetime:
    """The naive UTC moment at which a clock in `zone` shows this."""
    there = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    "zone", [LOS_ANGELES, "America/St_Johns", "UTC", "Europe/Berlin", "Asia/Kathmandu", AUCKLAND]
)
@pytest.mark.parametrize(
    ("hour", "late"), [(0, False), (9, False), (17, False), (20, False), (23, False), (24, True), (33, True)]
)
def test_a_step_is_late_once_its_day_is_over_where_the_client_is(
    services: Services, clock: HandClock, zone: str, hour: int, late: bool
) -> None:
    services.coaching.profiles.keep_zone(ANA, zone)
    clock.now = at(zone, MAY_1 - timedelta(days=2), 12)
    session = enter(services)
    services.coaching.actions.add(ANA, "Walk", due_on=MAY_1)
    since = clock.now
    clock.now = at(zone, MAY_1 + timedelta(days=hour // 24), hour % 24, 30)
    (action,) = services.coaching.actions.list_for(ANA)
    assert (action.due_day, action.late(clock.now)) == (MAY_1, late)
    became = services.coaching.changes(ANA, since + timedelta(seconds=1), clock.now).actions
    assert became == (("Walk", Became.LATE if late else Became.OPEN),)
    services.coaching.actions.done(ANA, action.id)
    assert services.coaching.actions.list_for(ANA)[0].late(clock.now) is late
    clock.forward(2 * 86_400)
    numbers = run(store_of(services), "action_completion", as_of=clock.now)
    assert numbers[["on_time", "late"]].values.tolist() == [[int(not late), int(late)]]
    assert session.client_id == ANA


@pytest.mark.parametrize(("zone", "hour"), [(LOS_ANGELES, 20), (LOS_ANGELES, 7), (AUCKLAND, 20), (AUCKLAND, 7)])
def test_the_briefing_tells_the_clients_day(services: Services, clock: HandClock, zone: str, hour: int) -> None:
    services.coaching.profiles.keep_zone(ANA, zone)
    clock.now = at(zone, MAY_1, hour)
    services.coaching.actions.add(ANA, "Walk", due_on=MAY_1)
    session = enter(services)
    briefing = services.briefings.prepare(session.id, ANA)
    assert "Today: 2026-05-01, a Friday, where the client is" in briefing.long_form.splitlines()
    assert 'Open action: "Walk" | due 2026-05-01' in briefing.long_form.splitlines()


@pytest.mark.parametrize(("zone", "hour"), [(LOS_ANGELES, 20), (LOS_ANGELES, 7), (AUCKLAND, 20), (AUCKLAND, 7)])
def test_the_agent_may_name_the_clients_today_and_not_their_yesterday(
    services: Services, clock: HandClock, zone: str, hour: int
) -> None:
    services.coaching.profiles.keep_zone(ANA, zone)
    clock.now = at(zone, MAY_1, hour)
    session = enter(services)
    yesterday, today = (
        services.tools.call(session, due, "add_action", {"title": f"Walk {due}", "due_date": due})
        for due in ("2026-04-30", "2026-05-01")
    )
    assert (yesterday.is_error, today.is_error) == (True, False)
    assert "2026-04-30 is over" in yesterday.result
    assert [action.due_day for action in services.coaching.actions.list_for(ANA)] == [MAY_1]


def test_what_is_open_moves_with_the_client_and_keeps_its_day(services: Services, clock: HandClock) -> None:
    services.coaching.actions.add(ANA, "Walk", due_on=MAY_1)
    services.coaching.actions.add(BEN, "Read", due_on=MAY_1)
    done = services.coaching.actions.add(ANA, "Rest", due_on=MAY_1)
    services.coaching.actions.done(ANA, done)
    before = "UPDATE actions SET due_on = NULL WHERE title = 'Walk'"
    store_of(services).execute(before)
    services.coaching.profiles.keep_zone(ANA, LOS_ANGELES)
    due = {action.title: (action.due_day, action.due_at) for action in services.coaching.actions.list_for(ANA)}
    assert due == {
        "Walk": (MAY_1, datetime(2026, 5, 2, 6, 59, 59)),
        "Rest": (MAY_1, datetime(2026, 5, 1, 23, 59, 59)),
    }
    assert services.coaching.actions.list_for(BEN)[0].due_at == datetime(2026, 5, 1, 23, 59, 59)


@pytest.mark.parametrize(
    "name", [None, "", "Mars/Olympus", "../../etc/passwd", "America", "x" * 500, "Ümlaut/Ö", "\x00"]
)
def test_a_zone_that_is_none_is_not_kept(services: Services, name: str | None) -> None:
    services.coaching.profiles.keep_zone(ANA, AUCKLAND)
    assert services.coaching.profiles.keep_zone(ANA, name).key == AUCKLAND
    assert services.coaching.profiles.keep_zone(BEN, name).key == "UTC"


def test_a_day_ends_once_also_where_clocks_change_at_midnight() -> None:
    assert end_of(MAY_1) == datetime(2026, 5, 1, 23, 59, 59)
    # On 6 September 2025 Santiago skipped the hour after midnight; on 5 April 2025 it had 23 o'clock twice.
    santiago = ZoneInfo("America/Santiago")
    assert end_of(date(2025, 9, 6), santiago) == datetime(2025, 9, 7, 3, 59, 59)
    assert end_of(date(2025, 4, 5), santiago) == datetime(2025, 4, 6, 3, 59, 59)


@pytest.mark.parametrize("content", [{"due_on": "2026-05-01"}, {"due_at": "2026-05-01T23:59:59Z"}])
def test_a_note_says_its_day_also_where_it_is_from_before(services: Services, content: dict[str, Any]) -> None:
    services.coaching.profiles.keep_zone(ANA, LOS_ANGELES)
    services.coaching.proposals.accept(ANA, heard(services, ProposalKind.ACTION, title="Walk", **content))
    noted(services, ProposalKind.ACTION, title="Read", **content)
    assert {action.due_day for action in services.coaching.actions.list_for(ANA)} == {MAY_1}
