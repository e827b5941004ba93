"""What tests of reminders need: services that send mails and notifications to loopback, and a client with choices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.app.container import Services
from coachroom.notifications.message import Channel, MessageKind
from coachroom.notifications.push_sender import PushSender
from coachroom.notifications.web_push import VapidKey
from coachroom.reminders.choices import SPARING, Reminder
from tests.appointments.houses import ANA_MAIL, BERLIN, mailing
from tests.notifications.mail_house import MailHouse
from tests.notifications.push_house import PUSH_SUBSCRIPTION, PushBrowser, PushHouse
from tests.services import ANA, HandClock, store_of

PUSH_KEY = VapidKey.new().text


@contextmanager
def reminding(folder: Path, clock: HandClock, house: MailHouse, **more: Any) -> Iterator[Services]:
    """Ana lives in Berlin, and one browser of hers takes notifications."""
    with mailing(folder, clock, house, push_key=PUSH_KEY, **more) as services:
        services.coaching.profiles.keep_zone(ANA, "Europe/Berlin")
        yield services


def takes_notifications(services: Services) -> None:
    services.push_subscriptions.subscribe(ANA_MAIL, PushBrowser.new().subscription(PUSH_SUBSCRIPTION["endpoint"]))


def wants_steps(services: Services, *, mail: bool = True, push: bool = False, **more: Any) -> None:
    """Ana ticks that she is reminded of due next steps."""
    step = frozenset({Reminder.STEP})
    by_mail, by_push = SPARING.by_mail | (step if mail else set()), SPARING.by_push | (step if push else set())
    services.reminders.choose(ANA, replace(SPARING, by_mail=by_mail, by_push=by_push, **more))


def due_today(services: Services, title: str = "Write the letter") -> str:
    """A next step that Ana made yesterday for today; its id."""
    clock = services.clock
    assert isinstance(clock, HandClock)
    today = clock.now
    clock.now = today - timedelta(days=1)
    id = services.coaching.actions.add(ANA, title, due_on=today.date())
    clock.now = today
    return id


def states(services: Services, *kinds: MessageKind) -> list[tuple[str, str, str]]:
    """Kind, channel and state of each message of these kinds."""
    sql = "SELECT kind, channel, state FROM outbox WHERE kind = ANY($1::text[]) ORDER BY created_at, channel, key"
    return store_of(services).execute(sql, [list(kinds)])


def at(text: str) -> datetime:
    """On Berlin's clock, as the naive UTC of everything stored."""
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def pushing(services: Services, house: PushHouse) -> PushBrowser:
    """Ana's browser takes notifications, through a push service on this computer; the keys that open them."""
    here = house.endpoint("")
    services.outbox._senders[Channel.PUSH] = PushSender(
        VapidKey.read(PUSH_KEY),
        services.push_subscriptions,
        contact="https://coach.example.com",
        is_allowed=lambda endpoint: endpoint.startswith(here),
        loopback=True,
    )
    browser = PushBrowser.new()
    services.push_subscriptions.subscribe(ANA_MAIL, browser.subscription(house.endpoint()))
    return browser


def shown(house: PushHouse, browser: PushBrowser) -> list[dict[str, Any]]:
    """What the browser shows, in the order in which it came."""
    return [browser.open(each.body) for each in house.received]
