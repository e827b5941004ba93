"""Of what a client is reminded, by which way, how often and when not: as they chose, or sparingly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.clock import Clock
from coachroom.coaching.validation import InvalidInputError
from coachroom.notifications.message import Channel, MessageKind
from coachroom.notifications.outbox import Later
from coachroom.people.profiles import zone_of
from coachroom.reminders.quiet_hours import NIGHTS, QuietHours
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.reminders", "choices.sql")
MOST_A_WEEK = range(8)


class Reminder(StrEnum):
    """What somebody is reminded of: an appointment, so long before it; next steps that are due; to come back."""

    DAY = "24 h"
    HOUR = "1 h"
    QUARTER = "15 min"
    STEP = "step"
    BACK = "back"

    @property
    def before(self) -> timedelta:
        """How long before an appointment; nothing for what is of none."""
        return _BEFORE.get(self, timedelta())

    @property
    def useful(self) -> timedelta:
        """For so long after it is due it still says something, of an appointment."""
        return timedelta(hours=12) if self is Reminder.DAY else self.before


_BEFORE = {
    Reminder.DAY: timedelta(hours=24),
    Reminder.HOUR: timedelta(hours=1),
    Reminder.QUARTER: timedelta(minutes=15),
}
OF_APPOINTMENTS = tuple(_BEFORE)
# What the messages of each are.
KINDS: Mapping[Reminder, MessageKind] = {
    **dict.fromkeys(OF_APPOINTMENTS, MessageKind.APPOINTMENT_REMINDER),
    Reminder.STEP: MessageKind.STEP_DUE,
    Reminder.BACK: MessageKind.COME_BACK,
}


@dataclass(frozen=True)
class ReminderChoices:
    """`most_a_week`: of all but appointments. `coach_reads_answers`: what became of due next steps, as answered."""

    by_mail: frozenset[Reminder] = frozenset({Reminder.DAY, Reminder.HOUR, Reminder.BACK})
    by_push: frozenset[Reminder] = frozenset({Reminder.QUARTER, Reminder.BACK})
    quiet: QuietHours = NIGHTS
    most_a_week: int = 2
    coach_reads_answers: bool = False

    def want(self, reminder: Reminder, channel: Channel) -> bool:
        """Whether the client wants to be reminded of this by this way."""
        return reminder in {Channel.MAIL: self.by_mail, Channel.PUSH: self.by_push}.get(channel, frozenset())


SPARING = ReminderChoices()


class ReminderDesk:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def choices(self, client_id: str) -> ReminderChoices:
        """As the client chose, else the sparing ones."""
        return read_choices(self._store, client_id)

    def choose(self, client_id: str, choices: ReminderChoices) -> None:
        """From now on these count. Raises InvalidInputError."""
        hours = (choices.quiet.begins, choices.quiet.ends)
        if choices.most_a_week not in MOST_A_WEEK or not all(hour in range(24) for hour in hours):
            raise InvalidInputError("Choose the hours and the number from the lists.")
        ways = [sorted(choices.by_mail), sorted(choices.by_push)]
        row = [client_id, *ways, *hours, choices.most_a_week, choices.coach_reads_answers, self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["put"], row)).result()

    def later(self, client_id: str, moment: datetime) -> Later | None:
        """When the client's quiet hours are over, where this moment (naive UTC) is in them."""
        over = self.choices(client_id).quiet.over_at(moment, zone_of(self._store, client_id))
        return Later(over) if over > moment else None

    def put_planning_hint_away(self, client_id: str) -> None:
        """Their home page does not say any more that nothing is planned."""
        row = [client_id, self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["put_hint_away"], row)).result()

    def planning_hint_is_away(self, client_id: str) -> bool:
        return bool(self._store.execute(SQL["hint_is_away"], [client_id]))


def read_choices(source: Store | Transaction, client_id: str) -> ReminderChoices:
    """As `ReminderDesk.choices`, within a transaction too."""
    for mail, push, begins, ends, most, coach_reads in source.execute(SQL["of"], [client_id]):
        return ReminderChoices(_known(mail), _known(push), QuietHours(begins, ends), most, coach_reads)
    return SPARING


def _known(values: Iterable[str]) -> frozenset[Reminder]:
    return frozenset(Reminder(value) for value in values)
