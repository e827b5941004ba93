"""Reminds clients of next steps that are due today, and of the day on which they wanted to come back.

Each day has one message for all its steps. No message holds a word of a session, a goal or a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.clock import Clock, day_there, zone_named
from coachroom.coaching.actions import end_of
from coachroom.coaching.step_answers import StepAnswers
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Later, Outbox
from coachroom.notifications.push_subscriptions import Notification, PushSubscriptions
from coachroom.people.profiles import UTC_ZONE, zone_of
from coachroom.reminders.choices import KINDS, Reminder, ReminderDesk, read_choices
from coachroom.reminders.come_back import ComeBack
from coachroom.reminders.quiet_hours import hour_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.reminders", "due_reminders.sql")
# On the client's clock: from then on a reminder of the day goes out.
MORNING = 9
WEEK = timedelta(days=7)
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True)
class _Due:
    """One reminder of one client's own day."""

    reminder: Reminder
    client_id: str
    email: str
    day: date
    zone: ZoneInfo

    @property
    def cause(self) -> str:
        return f"{self.reminder} {self.day}"

    @property
    def good_until(self) -> datetime:
        return end_of(self.day, self.zone)


@dataclass(frozen=True)
class ReminderLinks:
    """Where messages lead. `answer(client_id, day)`: where the client says how due next steps went, unsigned."""

    origin: str
    answer: Callable[[str, date], str]
    unsubscribe: Callable[[str, MessageKind], str]


class DueReminders:
    """Safe to call again and again: each cause is given once."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        outbox: Outbox,
        *,
        browsers: PushSubscriptions,
        desk: ReminderDesk,
        links: ReminderLinks,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._outbox = outbox
        self._browsers = browsers
        self._desk = desk
        self._links = links
        self._steps = StepAnswers(store, writer, clock)
        self._come_back = ComeBack(store, writer, clock)
        outbox.compose_when_sent(MessageKind.STEP_DUE, self._compose_step)
        outbox.compose_when_sent(MessageKind.COME_BACK, self._compose_come_back)

    def write_due(self) -> int:
        """Writes the reminders that are due and not given yet; how many clients are reminded of something."""
        if not any(map(self._outbox.can_send, (Channel.MAIL, Channel.PUSH))):
            return 0
        today = self._clock().date()
        # A client's own day may be the one before or after.
        days = [today - timedelta(days=1), today + timedelta(days=1)]
        given = 0
        for reminder, statement in ((Reminder.STEP, "steps_due"), (Reminder.BACK, "come_back_due")):
            for row in self._store.execute(SQL[statement], days):
                given += self._give(reminder, row)
        return given

    def sweep(self) -> None:
        """Forgets what was given so long ago that it counts for nothing any more."""
        before = self._clock() - KEPT_FOR
        self._writer.submit(lambda transaction: transaction.execute(SQL["forget_given"], [before])).result()

    def _give(self, reminder: Reminder, row: Row) -> bool:
        client_id, email, day, known_since, timezone = row
        now, zone = self._clock(), zone_named(timezone) or UTC_ZONE
        due = _Due(reminder, client_id, email, day, zone)
        # What was agreed after it needs no reminder.
        morning = hour_of(day, MORNING, zone)
        if known_since >= morning or not morning <= now <= due.good_until:
            return False
        messages = self._messages(due)
        if not messages or _has_enough(self._store, client_id, now):
            return False

        def work(transaction: Transaction) -> bool:
            if _has_enough(transaction, client_id, now):
                return False
            if not transaction.execute(SQL["give"], [client_id, due.cause, now]):
                return False
            for message in messages:
                self._outbox.put(transaction, message)
            return True

        return self._writer.submit(work).result()

    def _messages(self, due: _Due) -> list[OutgoingMessage]:
        """One mail, and one for each browser, as the client chose."""
        choices, kind = self._desk.choices(due.client_id), KINDS[due.reminder]
        facts = {"client": due.client_id, "day": due.day.isoformat()}
        messages = []
        # A mail that is not wanted would count for the week all the same.
        stopped = self._outbox.is_unsubscribed(due.email, kind)
        if choices.want(due.reminder, Channel.MAIL) and self._outbox.can_send(Channel.MAIL) and not stopped:
            key = f"{kind} {due.client_id} {due.day} mail"
            messages.append(
                OutgoingMessage(
                    key,
                    kind,
                    Channel.MAIL,
                    facts,
                    recipient=due.email,
                    about=(due.client_id,),
                    good_until=due.good_until,
                )
            )
        if choices.want(due.reminder, Channel.PUSH) and self._outbox.can_send(Channel.PUSH):
            notification = Notification(
                kind,
                f"{due.client_id} {due.day}",
                # Written as it goes out.
                title="",
                body="",
                url="/",
                window="",
                good_until=due.good_until,
                facts=facts,
            )
            messages += self._browsers.messages(due.email, notification)
        return messages

    def _compose_step(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
        known = self._still(message, Reminder.STEP)
        if not isinstance(known, _Due):
            return known
        open_ones = [step for step in self._steps.due_on(known.client_id, known.day) if step.may_be_answered]
        if not open_ones:
            return None
        title = "A next step of yours is due today" if len(open_ones) == 1 else "Next steps of yours are due today"
        answer = self._links.answer(known.client_id, known.day)
        if message.channel is Channel.PUSH:
            said = {"title": title, "body": "Say how it went, with one tap.", "url": answer}
            return {**message.payload, **said}
        return self._mail(
            message,
            title,
            (
                f"{title}.",
                "Say how it went with one press on the page below: done, partly, or not yet. You need not sign in "
                "for that. The AI coach begins with your answer when you meet next.",
            ),
            "Say how it went",
            self._links.origin + answer,
        )

    def _compose_come_back(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
        known = self._still(message, Reminder.BACK)
        if not isinstance(known, _Due):
            return known
        chosen = self._come_back.of(known.client_id)
        if chosen is None or chosen.day != known.day:
            return None
        if message.channel is Channel.PUSH:
            return {
                **message.payload,
                "title": "You wanted to come back today",
                "body": "Your room is open whenever it suits you.",
                "window": "/",
            }
        return self._mail(
            message,
            "You wanted to come back today",
            ("you wanted to come back to your coaching room today. It is open whenever it suits you.",),
            "Open your home page",
            f"{self._links.origin}/",
        )

    def _still(self, message: OutgoingMessage, reminder: Reminder) -> _Due | Later | None:
        """What the message is about, where it is still wanted today; when to look again in quiet hours."""
        client_id, day = str(message.payload["client"]), date.fromisoformat(str(message.payload["day"]))
        now, zone = self._clock(), zone_of(self._store, client_id)
        if not self._desk.choices(client_id).want(reminder, message.channel) or day_there(now, zone) != day:
            return None
        if later := self._desk.later(client_id, now):
            return later
        return _Due(reminder, client_id, str(message.recipient), day, zone)

    def _mail(
        self, message: OutgoingMessage, subject: str, lines: tuple[str, ...], label: str, link: str
    ) -> Mapping[str, Any]:
        email = str(message.recipient)
        name = self._store.execute(SQL["name_of"], [email])
        hello = f"Hello {name_in_mail(str(name[0][0]))}," if name else "Hello,"
        return MailText(
            subject,
            (hello, *lines, "Which reminders you get, and when, you choose on your page How you are coached."),
            link_label=label,
            link=link,
            unsubscribe=self._links.unsubscribe(email, message.kind),
        ).payload()


def _has_enough(source: Store | Transaction, client_id: str, now: datetime) -> bool:
    """Whether the client was reminded as often as they chose for a week."""
    ((given,),) = source.execute(SQL["count_given"], [client_id, now - WEEK])
    return int(given) >= read_choices(source, client_id).most_a_week
