"""Monday's mail: once a week to each coach, about their own clients who need a talk, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.app.monday_mail import GOOD_FOR, MAX_NAMES
from coachroom.caseload.caseload import TALK_NEEDS
from coachroom.caseload.reasons import reason
from coachroom.notifications.message import MessageKind
from coachroom.people.people import Person, Role
from coachroom.privacy.client_data import ids_of, rows_of
from tests.charts.community import CARLA, OTHER, add_community
from tests.notifications.mail_house import MailHouse
from tests.services import HandClock, opened, store_of

ADMIN = "amira.haddad@example.com"
# Seven o'clock in Berlin.
MONDAY = datetime(2026, 5, 4, 5)
ORIGIN = "https://coach.example.com"


def community(folder: Path, clock: HandClock, house: MailHouse, **more: Any) -> AbstractContextManager[Services]:
    return opened(folder, clock, public_url=ORIGIN, reporting_timezone="Europe/Berlin", **house.settings, **more)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MONDAY)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with community(tmp_path, clock, house) as services:
        add_community(services)
        yield services


def write(services: Services) -> int:
    return services.monday_mail.write_due()


def needy(services: Services, email: str, role: Role = Role.COACH) -> list[tuple[str, str]]:
    """Names and reasons as the person's home page has them, most urgent first."""
    viewer = Person(email, "x", role, None, demo=False)
    rows = services.caseload.load(viewer, services.clock(), min_valid_seconds=60).rows.to_dict("records")
    return [(row["client"], reason(row)) for row in rows if row["need"] in TALK_NEEDS]


def text_of(mail: EmailMessage) -> str:
    plain, _ = mail.iter_parts()
    return str(plain.get_content())


def test_each_coach_gets_one_mail_a_week_with_their_own_clients_and_the_reasons(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    expected = {email for email in (CARLA, OTHER) if needy(services, email)} | {ADMIN}
    assert CARLA in expected
    assert write(services) == len(expected)
    for _ in range(3):
        clock.forward(600)
        assert write(services) == 0
        services.outbox.send_due()
    assert sorted(str(mail["To"]) for mail in house.taken) == sorted(expected)
    (mail,) = house.mails_to(CARLA)
    own = needy(services, CARLA)
    shown = own[:MAX_NAMES]
    lines = text_of(mail).split("\n\n")[2 : 2 + len(shown)]
    assert [line.startswith(f"{name} {why}. ") for line, (name, why) in zip(lines, shown, strict=True)] == [
        True
    ] * len(shown)
    assert len(re.findall(r"Zz\d\d Quill", text_of(mail))) == len(shown) <= MAX_NAMES
    assert f"Who needs you this week: {len(own)} client" in str(mail["Subject"])
    assert {name for name, _ in own} <= {name for name, _ in needy(services, ADMIN, Role.ADMIN)}
    clock.forward(timedelta(days=7).total_seconds())
    assert write(services) > 0


def test_an_administrator_gets_the_most_urgent_of_all(services: Services, house: MailHouse) -> None:
    write(services)
    services.outbox.send_due()
    (mail,) = house.mails_to(ADMIN)
    every = needy(services, ADMIN, Role.ADMIN)
    assert re.findall(r"Zz\d\d Quill", text_of(mail)) == [name for name, _ in every[:MAX_NAMES]]
    if len(every) > MAX_NAMES:
        assert f"And {len(every) - MAX_NAMES} more" in text_of(mail)


@pytest.mark.parametrize(
    "moment",
    [
        MONDAY - timedelta(seconds=1),
        MONDAY + timedelta(hours=5),
        MONDAY - timedelta(days=1),
        MONDAY + timedelta(days=1),
    ],
)
def test_only_monday_morning_in_the_communitys_time_zone_is_the_time(
    services: Services, clock: HandClock, moment: datetime
) -> None:
    clock.now = moment
    assert write(services) == 0
    clock.now = MONDAY + timedelta(hours=5) - timedelta(seconds=1)
    assert write(services) > 0


def test_where_nobody_needs_a_talk_nobody_gets_a_mail(tmp_path: Path, clock: HandClock, house: MailHouse) -> None:
    with community(tmp_path / "calm", clock, house) as services:
        assert write(services) == 0
        assert services.outbox.latest(10) == []


def test_it_can_be_turned_off(tmp_path: Path, clock: HandClock, house: MailHouse) -> None:
    """For one that was written before as well."""
    with community(tmp_path, clock, house) as services:
        add_community(services)
        assert write(services) > 0
    with community(tmp_path, clock, house, monday_mail=False) as services:
        store_of(services).execute("DELETE FROM outbox WHERE recipient = $1", [ADMIN])
        assert write(services) == 0
        services.outbox.send_due()
        assert house.taken == []


def test_whoever_was_erased_before_it_goes_is_not_named_in_it(services: Services, house: MailHouse) -> None:
    write(services)
    name, _ = needy(services, CARLA)[0]
    ((client,),) = store_of(services).execute("SELECT client_id FROM members WHERE display_name = $1", [name])
    services.own_data.erase(client, "operator")
    write(services)
    services.outbox.send_due()
    assert len(house.mails_to(CARLA)) == 1
    assert not [mail for mail in house.taken if name in text_of(mail)]


def test_after_it_went_an_erasure_sends_it_to_nobody_again(services: Services, house: MailHouse) -> None:
    write(services)
    services.outbox.send_due()
    before = len(house.taken)
    name, _ = needy(services, CARLA)[0]
    ((client,),) = store_of(services).execute("SELECT client_id FROM members WHERE display_name = $1", [name])
    services.own_data.erase(client, "operator")
    assert write(services) == 0
    services.outbox.send_due()
    assert len(house.taken) == before
    assert name not in str(store_of(services).execute("SELECT * FROM outbox"))


def test_who_wants_none_gets_none_and_a_late_one_is_dropped(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    services.outbox.unsubscribe(CARLA, MessageKind.MONDAY)
    write(services)
    services.outbox.unsubscribe(ADMIN, MessageKind.MONDAY)
    clock.forward(GOOD_FOR.total_seconds() + 1)
    services.outbox.send_due()
    assert house.taken == []
    assert CARLA not in str(services.outbox.latest(10))


def test_its_link_lets_a_mail_program_stop_it_by_one_click(services: Services, house: MailHouse) -> None:
    write(services)
    services.outbox.send_due()
    (mail,) = house.mails_to(CARLA)
    address = str(mail["List-Unsubscribe"]).strip("<>")
    assert address.startswith(f"{ORIGIN}/unsubscribe?token=")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = services.tokens.verify_unsubscribe(address.partition("=")[2])
    assert found is not None
    assert (found.email, found.kind) == (CARLA, "monday")


def test_a_client_who_takes_their_data_away_meanwhile_finds_nobody_else_in_it(services: Services) -> None:
    """Nor is anything of the mail kept, while it waits or after it was given up."""
    write(services)
    name, _ = needy(services, CARLA)[0]
    ((client,),) = store_of(services).execute("SELECT client_id FROM members WHERE display_name = $1", [name])
    ids = ids_of(store_of(services), client)
    assert "outbox" not in {table for table, rows in rows_of(store_of(services), ids) if rows}
    assert "Quill" not in str(store_of(services).execute("SELECT * FROM outbox"))


def test_whoever_is_no_coach_any_more_when_it_goes_gets_none(services: Services, house: MailHouse) -> None:
    write(services)
    store_of(services).execute("UPDATE members SET role = 'analyst' WHERE email = $1", [CARLA])
    services.outbox.send_due()
    assert house.mails_to(CARLA) == []
