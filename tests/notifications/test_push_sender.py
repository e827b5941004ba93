"""Notifications go through the outbox to the browser that they are for, and to no other address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.notifications.message import Channel, MessageKind, MessageState, NotSentError
from coachroom.notifications.push_sender import PushSender
from coachroom.notifications.push_subscriptions import MAX_BROWSERS, Notification
from coachroom.notifications.web_push import VapidKey
from coachroom.people.roster import set_member
from tests.notifications.push_house import PushBrowser, PushHouse, push_house
from tests.services import HandClock, opened, store_of, writer_of

ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"
KEY = VapidKey.new()
ASKS = Notification(
    MessageKind.JOIN_ASKED, "join-1", "Your human coach asks to join your session", "Go to your room.", "/", "/Room"
)


@dataclass
class Notifying:
    """Opened services whose notifications go to a push service on this computer."""

    services: Services
    house: PushHouse
    clock: HandClock

    def subscribe(self, person: str = ANA, browser: str = "browser-1") -> PushBrowser:
        keys = PushBrowser.new()
        self.services.push_subscriptions.subscribe(person, keys.subscription(self.house.endpoint(browser)))
        return keys

    def put(self, notification: Notification = ASKS, person: str = ANA) -> int:
        return self.services.outbox.put_all(self.services.push_subscriptions.messages(person, notification))

    @property
    def states(self) -> list[MessageState]:
        return [message.state for message in self.services.outbox.latest(50)]

    def subscribed(self, person: str = ANA) -> int:
        return len(self.services.push_subscriptions.browsers_of(person))


@pytest.fixture
def notifying(tmp_path: Path) -> Iterator[Notifying]:
    clock = HandClock()
    with push_house() as house, opened(tmp_path, clock, push_key=KEY.text) as services:
        here = house.endpoint("")
        services.outbox._senders[Channel.PUSH] = PushSender(
            KEY,
            services.push_subscriptions,
            contact="https://coach.example.com",
            is_allowed=lambda endpoint: endpoint.startswith(here),
            loopback=True,
        )
        yield Notifying(services, house, clock)


def test_a_notification_reaches_each_browser_of_its_person_once(notifying: Notifying) -> None:
    browsers = {f"/push/{name}": notifying.subscribe(browser=name) for name in ("phone", "laptop")}
    notifying.subscribe(BEN, "bens")
    assert (notifying.put(), notifying.put()) == (2, 0)
    assert notifying.services.outbox.send_due() == 2
    assert notifying.services.outbox.send_due() == 0
    assert {pushed.path for pushed in notifying.house.received} == set(browsers)
    for pushed in notifying.house.received:
        shown = browsers[pushed.path].open(pushed.body)
        assert shown.pop("tag") == pushed.headers["topic"]
        assert shown == {"title": ASKS.title, "body": ASKS.body, "url": "/", "window": "/Room"}
        assert pushed.headers["content-encoding"] == "aes128gcm"
        assert pushed.headers["authorization"].startswith("vapid t=")
        assert len(pushed.headers["topic"]) == 32


def test_the_service_keeps_it_as_long_as_it_is_good_for_something(notifying: Notifying) -> None:
    notifying.subscribe()
    until = notifying.clock.now + timedelta(seconds=60)
    notifying.put(Notification(MessageKind.JOIN_ASKED, "join-2", "T", "B", "/", "/", good_until=until))
    notifying.clock.forward(20)
    notifying.services.outbox.send_due()
    assert notifying.house.received[0].headers["ttl"] == "40"


def test_what_came_too_late_is_not_sent(notifying: Notifying) -> None:
    notifying.subscribe()
    until = notifying.clock.now + timedelta(seconds=60)
    notifying.put(Notification(MessageKind.JOIN_ASKED, "join-2", "T", "B", "/", "/", good_until=until))
    notifying.clock.forward(61)
    assert notifying.services.outbox.send_due() == 0
    assert notifying.states == [MessageState.DROPPED]
    assert notifying.house.received == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_its_service_knows_no_more_is_forgotten(notifying: Notifying, status: int) -> None:
    notifying.subscribe()
    notifying.house.statuses.append(status)
    notifying.put()
    assert notifying.services.outbox.send_due() == 0
    assert notifying.subscribed() == 0
    notifying.services.outbox.send_due()
    assert notifying.states == [MessageState.DROPPED], "nothing that an administrator has to look at"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_in_trouble_is_tried_again(notifying: Notifying, status: int) -> None:
    notifying.subscribe()
    notifying.house.statuses.append(status)
    notifying.put()
    assert notifying.services.outbox.send_due() == 0
    assert notifying.states == [MessageState.WAITING]
    notifying.clock.forward(61)
    assert notifying.services.outbox.send_due() == 1
    assert notifying.subscribed() == 1


@pytest.mark.parametrize("status", [301, 307])
def test_no_redirect_is_followed(notifying: Notifying, status: int) -> None:
    notifying.subscribe()
    notifying.house.statuses.append(status)
    notifying.put()
    assert notifying.services.outbox.send_due() == 0
    assert len(notifying.house.received) == 1


def test_nothing_is_posted_to_an_address_of_no_push_service(notifying: Notifying, tmp_path: Path) -> None:
    """As the app is set up, with an address in the table that no door of ours would have let in."""
    with push_house() as foreign:
        keys = PushBrowser.new()
        notifying.services.push_subscriptions.subscribe(ANA, keys.subscription(foreign.endpoint()))
        (message,) = notifying.services.push_subscriptions.messages(ANA, ASKS)
        sender = PushSender(KEY, notifying.services.push_subscriptions, contact="https://coach.example.com")
        with pytest.raises(NotSentError, match="none of a browser's push service") as refused:
            sender.send(message, notifying.clock.now, notifying.clock.now)
        assert refused.value.final
        assert foreign.received == []
        assert notifying.subscribed() == 0


def test_a_push_service_s_name_that_leads_into_a_private_network_gets_nothing(notifying: Notifying) -> None:
    notifying.subscribe()
    (message,) = notifying.services.push_subscriptions.messages(ANA, ASKS)
    sender = PushSender(
        KEY, notifying.services.push_subscriptions, contact="https://coach.example.com", is_allowed=lambda _: True
    )
    with pytest.raises(NotSentError, match="private network"):
        sender.send(message, notifying.clock.now, notifying.clock.now)
    assert notifying.house.received == []


def test_who_signed_out_before_it_went_out_is_not_notified(notifying: Notifying) -> None:
    notifying.subscribe()
    notifying.put()
    notifying.services.push_subscriptions.unsubscribe_all(ANA)
    assert notifying.services.outbox.send_due() == 0
    assert notifying.states == [MessageState.DROPPED]


def test_who_was_removed_is_not_notified(notifying: Notifying) -> None:
    notifying.subscribe()
    notifying.put()
    writer_of(notifying.services).submit(
        lambda transaction: set_member(
            transaction, ANA, role=None, status="removed", coach=None, actor="operator", now=notifying.clock.now
        )
    ).result()
    assert notifying.services.outbox.send_due() == 0
    assert notifying.states == [MessageState.DROPPED]


def test_a_browser_that_somebody_else_uses_now_is_theirs(notifying: Notifying) -> None:
    notifying.subscribe(ANA)
    notifying.put()
    notifying.subscribe(BEN)
    assert (notifying.subscribed(ANA), notifying.subscribed(BEN)) == (0, 1)
    assert notifying.services.outbox.send_due() == 0


def test_only_the_latest_browsers_of_a_person_are_kept(notifying: Notifying) -> None:
    for number in range(MAX_BROWSERS + 3):
        notifying.clock.forward(1)
        notifying.subscribe(browser=f"browser-{number}")
    assert notifying.subscribed() == MAX_BROWSERS
    endpoints = store_of(notifying.services).execute("SELECT endpoint FROM push_subscriptions")
    assert notifying.house.endpoint("browser-2") not in {endpoint for (endpoint,) in endpoints}


def test_one_of_theirs_is_unsubscribed_by_its_own_person_alone(notifying: Notifying) -> None:
    notifying.subscribe(ANA)
    notifying.services.push_subscriptions.unsubscribe(BEN, notifying.house.endpoint())
    assert notifying.subscribed(ANA) == 1
    notifying.services.push_subscriptions.unsubscribe(ANA, notifying.house.endpoint())
    assert notifying.subscribed(ANA) == 0
