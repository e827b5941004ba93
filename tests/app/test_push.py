"""What a client's devices are notified of, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.notifications.web_push import VapidKey
from tests.live.visits import ANA, CARLA, WHY, asked, person, talking
from tests.notifications.push_house import PUSH_SUBSCRIPTION, PushBrowser
from tests.services import HandClock, opened, store_of

WORDS = "Think of the letter to your mother."


@pytest.fixture
def notifying(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock(), push_key=VapidKey.new().text, live_coach=True) as services:
        services.push_subscriptions.subscribe(ANA, PushBrowser.new().subscription(PUSH_SUBSCRIPTION["endpoint"]))
        yield services


def waiting(services: Services) -> list[tuple[str, str]]:
    sql = "SELECT kind, CAST(payload AS text) FROM outbox WHERE channel = 'push' ORDER BY created_at, key"
    return store_of(services).execute(sql)


def test_a_coach_who_asks_to_join_is_told_to_the_clients_devices_once(notifying: Services) -> None:
    session = talking(notifying)
    asked(notifying, session)
    asked(notifying, session)
    ((kind, payload),) = waiting(notifying)
    assert kind == "join_asked"
    shown = json.loads(payload)
    assert (shown["url"], shown["window"]) == ("/", "/Room")
    assert WHY not in payload
    assert "Carla" not in payload
    assert session.id not in payload


def test_a_message_of_the_coach_is_told_and_not_its_words(notifying: Services) -> None:
    for _ in range(2):
        notifying.coach_messages.send("demo-ana", person(notifying, CARLA), WORDS)
    assert [kind for kind, _ in waiting(notifying)] == ["coach_wrote", "coach_wrote"]
    assert all("letter" not in payload and "Carla" not in payload for _, payload in waiting(notifying))


def test_who_asked_for_no_notifications_gets_none(notifying: Services) -> None:
    notifying.push_subscriptions.unsubscribe_all(ANA)
    notifying.coach_messages.send("demo-ana", person(notifying, CARLA), WORDS)
    assert waiting(notifying) == []


def test_without_a_key_nothing_is_put(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock()) as services:
        services.push_subscriptions.subscribe(ANA, PushBrowser.new().subscription(PUSH_SUBSCRIPTION["endpoint"]))
        services.coach_messages.send("demo-ana", person(services, CARLA), WORDS)
        assert waiting(services) == []
