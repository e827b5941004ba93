"""What goes out, as administrators see it: what became of each message, and another try."""

from __future__ import annotations

from pathlib import Path

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.web_push import VapidKey
from coachroom.people.demo import seed_demo_people
from coachroom.ui.administration.outgoing_messages import MAILS, NOTIFICATIONS
from tests.live.visits import CARLA, person
from tests.notifications.mail_house import MailHouse
from tests.notifications.push_house import PUSH_SUBSCRIPTION, PushBrowser
from tests.services import OIDC, HandClock, opened, store_of, writer_of
from tests.ui.pages import ADMIN, ANA, BEN, see, words
from tests.ui.test_administration import AMIRA, press

REPORTS = {
    MessageKind.APPOINTMENT_BOOKED,
    MessageKind.APPOINTMENT_MOVED,
    MessageKind.APPOINTMENT_CANCELLED,
    MessageKind.APPOINTMENT_KEPT,
    MessageKind.APPOINTMENT_MISSED,
    MessageKind.SESSION_FINISHED,
    MessageKind.NEEDS_TALK,
}


def said() -> str:
    return words(see(ADMIN, "System.py")).replace("\\", "").replace("\u2060", "")


def test_a_message_that_was_given_up_is_tried_again(mailing: Services, house: MailHouse) -> None:
    house.refused.add(ANA)
    mailing.members.invite([ANA, BEN], by=AMIRA)
    assert f"Mail (invitation) to {ANA} of 1 May 2026, 12:00: waits" in said()
    mailing.outbox.send_due()
    assert "1 message of the last week could not be delivered" in words(see(ADMIN))
    assert f"to {BEN} of 1 May 2026, 12:00: sent" in said()
    given_up = "given up after 1 try. The mail server does not take mail for this address (550)."
    assert f"to {ANA} of 1 May 2026, 12:00: {given_up}" in said()
    house.refused.clear()
    app = see(ADMIN, "System.py")
    assert [button.label for button in app.button].count("Try again") == 1
    press(app, "Try again")
    mailing.outbox.send_due()
    assert len(house.mails_to(ANA)) == 1
    assert "given up" not in said()
    assert "Every message of the last week went out" in words(see(ADMIN))
    assert store_of(mailing).execute("SELECT subject FROM audit_log WHERE action = 'message.again'") == [(ANA,)]


def test_where_nothing_is_set_up_the_page_says_so(services: Services) -> None:
    assert services.settings.smtp_host is None
    assert "Neither mail, nor reports to another system, nor notifications are set up." in said()


def test_a_notification_is_named_by_what_it_is_about(tmp_path: Path) -> None:
    with opened(tmp_path, push_key=VapidKey.new().text, self_view="local", **OIDC) as services:
        seed_demo_people(writer_of(services), services.clock())
        current.install(services)
        services.push_subscriptions.subscribe(ANA, PushBrowser.new().subscription(PUSH_SUBSCRIPTION["endpoint"]))
        services.coach_messages.send("demo-ana", person(services, CARLA), "See you on Friday.")
        line = next(line for line in said().splitlines() if line.startswith("Notification"))
    assert line.startswith(f"Notification (a human coach wrote) to {ANA} of ")
    assert line.endswith(": waits")


def test_messages_of_one_fate_in_a_row_are_one_line(mailing: Services, clock: HandClock) -> None:
    for _ in range(3):
        clock.forward(60)
        mailing.members.invite([ANA], by=AMIRA)
        mailing.outbox.send_due()
    clock.forward(60)
    mailing.members.invite([BEN], by=AMIRA)
    mailing.outbox.send_due()
    lines = [line for line in said().splitlines() if line.startswith("Mail (invitation)")]
    assert lines == [
        f"Mail (invitation) to {BEN} of 1 May 2026, 12:04: sent",
        f"Mail (invitation) to {ANA} of 1 May 2026, 12:03 and 2 more before it: sent",
    ]


def test_every_mail_has_a_name_there(mailing: Services) -> None:
    assert set(MAILS) | set(NOTIFICATIONS) == set(MessageKind) - REPORTS
    mails = [OutgoingMessage(f"key of {kind}", kind, Channel.MAIL, {}, recipient=ANA) for kind in MAILS]
    assert mailing.outbox.put_all(mails) == len(mails)
    lines = [line for line in said().splitlines() if line.startswith("Mail (")]
    assert len({line.partition(")")[0] for line in lines}) == len(mails)
