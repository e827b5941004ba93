"""A client is told that their coach wrote: once, without a word of it, and not once they have read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError
from coachroom.notifications.message import Channel, MessageKind
from coachroom.notifications.web_push import VapidKey
from coachroom.privacy.client_data import ids_of, rows_of
from tests.caseload.coaches import AMIRA, ANA, CARLA, NOW, OTHER
from tests.notifications.mail_house import MailFault, MailHouse
from tests.notifications.push_house import PUSH_SUBSCRIPTION, PushBrowser
from tests.services import HandClock, opened, store_of

EMAIL = "ana.silva@example.com"
ORIGIN = "https://coach.example.com"
WORDS = "Think of the letter to your mother."


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with opened(tmp_path, clock, public_url=ORIGIN, push_key=VapidKey.new().text, **house.settings) as services:
        services.people.find(EMAIL)
        yield services


def write(services: Services, words: str = WORDS) -> None:
    services.coach_messages.send(ANA, CARLA, words)


def read_all(services: Services) -> None:
    for message in services.coach_messages.waiting(ANA):
        services.coach_messages.mark_read(message.id, ANA)


def states(services: Services, channel: Channel = Channel.MAIL) -> list[str]:
    sql = "SELECT state FROM outbox WHERE channel = $1 ORDER BY created_at, key"
    return [str(state) for (state,) in store_of(services).execute(sql, [channel])]


def test_a_mail_says_that_the_coach_wrote_and_not_what(services: Services, house: MailHouse) -> None:
    write(services)
    services.outbox.send_due()
    services.outbox.send_due()
    (mail,) = house.mails_to(EMAIL)
    text = mail.as_string()
    assert mail["Subject"] == "Your human coach wrote to you"
    assert f"{ORIGIN}/" in text
    assert "letter" not in text
    assert "Carla" not in text


def test_nothing_of_the_message_waits_in_the_outbox(services: Services) -> None:
    write(services)
    rows = store_of(services).execute("SELECT * FROM outbox")
    assert len(rows) == 1
    assert "letter" not in str(rows)


def test_what_was_read_before_the_mail_goes_out_needs_none(services: Services, house: MailHouse) -> None:
    write(services)
    read_all(services)
    services.outbox.send_due()
    assert (house.taken, states(services)) == ([], ["dropped"])


def test_several_messages_that_wait_have_one_mail_and_a_later_one_has_its_own(
    services: Services, house: MailHouse
) -> None:
    write(services)
    write(services, "And sleep well.")
    services.outbox.send_due()
    assert len(house.mails_to(EMAIL)) == 1
    write(services, "One more thing.")
    services.outbox.send_due()
    assert len(house.mails_to(EMAIL)) == 2


def test_a_mail_that_failed_is_tried_again_until_the_message_is_read(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    house.faults.append(MailFault.PUT_OFF)
    write(services)
    services.outbox.send_due()
    assert states(services) == ["waiting"]
    read_all(services)
    clock.forward(3600)
    services.outbox.send_due()
    assert (house.taken, states(services)) == ([], ["dropped"])


def test_one_click_stops_these_mails_and_no_others(services: Services, house: MailHouse) -> None:
    write(services)
    services.outbox.send_due()
    (mail,) = house.mails_to(EMAIL)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.sub(r"[<>\s]", "", mail["List-Unsubscribe"])
    stop = services.tokens.verify_unsubscribe(parse_qs(urlsplit(link).query)["token"][0])
    assert stop is not None
    assert (stop.email, stop.kind) == (EMAIL, MessageKind.COACH_MESSAGE)
    services.outbox.unsubscribe(stop.email, MessageKind(stop.kind))
    write(services, "Again.")
    services.outbox.send_due()
    assert len(house.mails_to(EMAIL)) == 1
    assert services.coach_messages.waiting(ANA), "the message is in the app all the same"


def test_a_notification_is_not_sent_for_what_was_read(services: Services) -> None:
    services.push_subscriptions.subscribe(EMAIL, PushBrowser.new().subscription(PUSH_SUBSCRIPTION["endpoint"]))
    write(services)
    assert states(services, Channel.PUSH) == ["waiting"]
    read_all(services)
    services.outbox.send_due()
    assert states(services, Channel.PUSH) == ["dropped"]


def test_a_coach_of_others_tells_nobody_anything(services: Services) -> None:
    with pytest.raises(ClientNotFoundError):
        services.coach_messages.send(ANA, OTHER, WORDS)
    assert states(services) == []


def test_a_client_who_was_removed_gets_no_mail(services: Services, house: MailHouse) -> None:
    write(services)
    services.members.change(EMAIL, status="removed", by=AMIRA)
    services.outbox.send_due()
    assert (house.taken, states(services)) == ([], ["dropped"])


def test_the_mail_is_among_what_the_client_takes_away_and_erases(services: Services) -> None:
    write(services)
    with store_of(services).transaction() as transaction:
        kept = dict(rows_of(transaction, ids_of(transaction, ANA)))
    assert [row["kind"] for row in kept["outbox"]] == ["coach_message"]
