"""The outbox: one cause gives one message, whatever the other side answers meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.notifications.mail_server import MailSender
from coachroom.notifications.message import (
    Channel,
    MessageKind,
    MessageState,
    NotSentError,
    OutgoingMessage,
)
from coachroom.notifications.outbox import (
    FIRST_WAIT,
    MAX_TRIES,
    MAX_WAIT,
    MAY_BE_SENT,
    PAYLOAD_KEPT,
    ROWS_KEPT,
    Later,
    Outbox,
    hold_back,
)
from coachroom.rounds import round_until
from tests.notifications.mail_house import MailFault, MailHouse
from tests.notifications.test_mail_server import TEXT, server
from tests.services import HandClock, opened, store_of, writer_of

ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"
KIND = MessageKind.INVITATION


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with opened(tmp_path, clock, **house.settings) as services:
        yield services


def put(services: Services, recipient: str = ANA, key: str | None = None, **more: object) -> bool:
    message = OutgoingMessage(
        key or f"invitation {recipient}",
        KIND,
        Channel.MAIL,
        TEXT.payload(),
        recipient=recipient,
        **more,  # type: ignore[arg-type]
    )
    return writer_of(services).submit(lambda transaction: services.outbox.put(transaction, message)).result()


def state(services: Services, key: str = f"invitation {ANA}") -> tuple[str, int, str | None, bool]:
    ((found),) = store_of(services).execute(
        "SELECT state, tries, error, payload IS NOT NULL FROM outbox WHERE key = $1", [key]
    )
    return tuple(found)  # type: ignore[return-value]


def test_one_cause_gives_one_message_and_nothing_of_it_is_kept_once_it_is_sent(
    services: Services, house: MailHouse
) -> None:
    assert put(services)
    assert not put(services)
    assert services.outbox.send_due() == 1
    assert services.outbox.send_due() == 0
    assert not put(services)
    services.outbox.send_due()
    assert len(house.mails_to(ANA)) == 1
    assert state(services) == ("sent", 1, None, False)


def test_a_message_whose_cause_is_rolled_back_does_not_go_out(services: Services, house: MailHouse) -> None:
    def work(transaction: object) -> None:
        message = OutgoingMessage("k", KIND, Channel.MAIL, TEXT.payload(), recipient=ANA)
        services.outbox.put(transaction, message)  # type: ignore[arg-type]
        raise CoachroomError("not done")

    with pytest.raises(CoachroomError, match="not done"):
        writer_of(services).submit(work).result()
    services.outbox.send_due()
    assert house.taken == []


def test_each_mail_comes_once_from_a_server_that_misbehaves(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    """Put off twice, cut off in the middle, silent, and one address that it knows nobody at."""
    impatient = MailSender(server(house, timeout=0.3))
    outbox = Outbox(store_of(services), writer_of(services), clock, {Channel.MAIL: impatient})
    rows = store_of(services).execute("SELECT email FROM members WHERE status = 'active' ORDER BY email")
    people = [email for (email,) in rows][:4]
    house.refused.add(people[0])
    house.faults.extend([MailFault.PUT_OFF, MailFault.PUT_OFF, MailFault.DROPPED_IN_DATA, MailFault.HANGS])
    for email in people:
        put(services, email)
    for _ in range(12):
        outbox.send_due()
        clock.forward(MAX_WAIT.total_seconds() / 8)
    assert Counter(mail["To"] for mail in house.taken) == Counter(people[1:])
    assert state(services, f"invitation {people[0]}") == (
        "given_up",
        1,
        "The mail server does not take mail for this address (550).",
        True,
    )
    assert {state(services, f"invitation {email}")[0] for email in people[1:]} == {"sent"}


def test_a_mail_comes_twice_only_where_the_line_broke_after_the_server_had_it_and_can_be_told(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    house.faults.append(MailFault.DROPPED_AFTER_DATA)
    put(services)
    assert services.outbox.send_due() == 0
    clock.forward(FIRST_WAIT.total_seconds())
    assert services.outbox.send_due() == 1
    first, second = house.mails_to(ANA)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


class NeverTakes:
    """A way out that is shut, and counts who tried it."""

    def __init__(self, **how: bool) -> None:
        self.times: list[datetime] = []
        self.how = how

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        self.times.append(now)
        raise NotSentError("It is shut.", **self.how)


def shut(services: Services, way_out: NeverTakes) -> Outbox:
    return Outbox(store_of(services), writer_of(services), services.clock, {Channel.MAIL: way_out})


def test_tries_come_ever_more_seldom_and_end(services: Services, clock: HandClock) -> None:
    way_out = NeverTakes()
    outbox = shut(services, way_out)
    put(services)
    while (due := store_of(services).execute("SELECT next_try_at FROM outbox")[0][0]) is not None:
        clock.now = due - timedelta(seconds=1)
        outbox.send_due()
        clock.now = due
        outbox.send_due()
    waits = [late - early for early, late in pairwise(way_out.times)]
    assert len(way_out.times) == MAX_TRIES
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert max(waits) == MAX_WAIT
    assert state(services) == ("given_up", MAX_TRIES, "It is shut.", True)


def test_a_server_that_does_not_answer_is_asked_once_a_round(services: Services) -> None:
    way_out = NeverTakes(no_answer=True)
    put(services)
    put(services, BEN)
    shut(services, way_out).send_due()
    assert len(way_out.times) == 1


def test_what_was_given_up_is_tried_again_on_request_for_a_week(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    outbox = services.outbox
    for key in ("first", "second"):
        put(services, key=key)
    shut(services, NeverTakes(final=True)).send_due()
    assert [each.may_be_tried_again for each in outbox.latest(10)] == [True, True]
    outbox.try_again("first")
    assert outbox.send_due() == 1
    with pytest.raises(CoachroomError, match="cannot be tried again"):
        outbox.try_again("first")
    clock.forward(PAYLOAD_KEPT.total_seconds() + 1)
    outbox.sweep()
    with pytest.raises(CoachroomError, match="cannot be tried again"):
        outbox.try_again("second")
    assert len(house.taken) == 1
    clock.forward(ROWS_KEPT.total_seconds())
    outbox.sweep()
    assert outbox.latest(10) == []


def test_a_restored_database_sends_nothing_by_itself_that_may_have_gone_out(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    put(services)
    clock.forward(60)
    put(services, BEN)
    writer_of(services).submit(
        lambda transaction: transaction.execute(
            "UPDATE outbox SET next_try_at = $1 WHERE recipient = $2", [clock() + timedelta(hours=1), BEN]
        )
    ).result()
    writer_of(services).submit(lambda transaction: hold_back(transaction, clock())).result()
    services.outbox.send_due()
    assert house.mails_to(ANA) == []
    assert state(services) == ("given_up", 0, MAY_BE_SENT, True)
    assert state(services, f"invitation {BEN}")[0] == "waiting", "what is due later waits"
    services.outbox.try_again(f"invitation {ANA}")
    services.outbox.send_due()
    assert len(house.mails_to(ANA)) == 1


def test_what_nobody_needs_any_more_is_dropped(services: Services, house: MailHouse, clock: HandClock) -> None:
    put(services, "nobody@example.com", "no member")
    put(services, key="too late", good_until=clock.now + timedelta(hours=1))
    put(services, BEN, "unsubscribed")
    services.outbox.unsubscribe(BEN, KIND)
    clock.forward(3601)
    assert services.outbox.send_due() == 0
    assert {(each.key, each.state) for each in services.outbox.latest(10)} == {
        ("no member", MessageState.DROPPED),
        ("too late", MessageState.DROPPED),
        ("unsubscribed", MessageState.DROPPED),
    }
    assert store_of(services).execute("SELECT count(payload) FROM outbox") == [(0,)]
    assert house.taken == []
    services.outbox.subscribe(BEN, KIND)
    put(services, BEN, "wanted again")
    assert services.outbox.send_due() == 1


def test_without_a_mail_server_nothing_is_kept(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path / "other", clock) as services:
        assert not services.outbox.can_send(Channel.MAIL)
        assert not put(services)
        assert services.outbox.latest(10) == []


def test_what_waits_for_a_client_is_erased_with_them(services: Services, house: MailHouse) -> None:
    person = services.people.find(ANA)
    assert person is not None
    put(services)
    put(services, BEN, "about ana", about=(str(person.client_id),))
    services.own_data.erase(str(person.client_id), "operator")
    assert services.outbox.send_due() == 0
    assert house.taken == []
    assert services.outbox.latest(10) == []


def test_a_mail_that_names_others_is_composed_when_it_goes_and_dropped_where_there_is_nothing_to_say(
    services: Services, house: MailHouse
) -> None:
    written = {ANA: TEXT.payload(), BEN: None}
    services.outbox.compose_when_sent(KIND, lambda message: written[str(message.recipient)])
    for email in written:
        message = OutgoingMessage(f"of {email}", KIND, Channel.MAIL, {}, recipient=email)
        writer_of(services).submit(partial(services.outbox.put, message=message)).result()
    assert services.outbox.send_due() == 1
    assert [str(mail["To"]) for mail in house.taken] == [ANA]
    assert state(services, f"of {BEN}")[0] == "dropped"


def test_a_round_ends_between_two_messages_where_the_app_stops(services: Services, house: MailHouse) -> None:
    put(services)
    put(services, BEN)
    with round_until(lambda: bool(house.taken)):
        assert services.outbox.send_due() == 1
    assert len(house.taken) == 1
    assert services.outbox.send_due() == 1


def test_a_message_that_cannot_be_read_does_not_hold_up_the_others(services: Services, house: MailHouse) -> None:
    put(services)
    put(services, BEN)
    store_of(services).execute("UPDATE outbox SET payload = CAST('{}' AS JSON) WHERE recipient = $1", [ANA])
    assert services.outbox.send_due() == 1
    assert [str(mail["To"]) for mail in house.taken] == [BEN]
    assert state(services) == ("waiting", 1, "It cannot be sent: the server's log says why.", True)


def test_what_is_to_go_out_later_waits_for_its_moment_without_counting_as_a_try(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    moment = clock.now + timedelta(hours=3)
    services.outbox.compose_when_sent(KIND, lambda message: Later(moment) if clock.now < moment else message.payload)
    put(services)
    for _ in range(2):
        assert services.outbox.send_due() == 0
        assert state(services)[:2] == ("waiting", 0)
        clock.forward(3600)
    clock.now = moment
    assert services.outbox.send_due() == 1
    assert len(house.taken) == 1


def test_what_is_to_go_out_after_nobody_needs_it_is_dropped(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    moment = clock.now + timedelta(hours=3)
    services.outbox.compose_when_sent(KIND, lambda _: Later(moment))
    put(services, good_until=clock.now + timedelta(hours=1))
    services.outbox.send_due()
    clock.now = moment
    services.outbox.send_due()
    assert state(services)[0] == "dropped"
    assert house.taken == []


def test_one_that_stood_still_while_another_process_sent_its_message_does_not_send_it_again(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    """Its line to the mail server is cut when it wakes, and what the other one stored stands."""

    class StandsStill:
        def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
            services.outbox.send_due()
            raise NotSentError("The line was cut.", no_answer=True)

    put(services)
    Outbox(store_of(services), writer_of(services), clock, {Channel.MAIL: StandsStill()}).send_due()
    assert state(services) == ("sent", 1, None, False)
    put(services, BEN)
    clock.forward(MAX_WAIT.total_seconds())
    assert services.outbox.send_due() == 1
    assert (len(house.mails_to(ANA)), len(house.mails_to(BEN))) == (1, 1)
