"""The next appointment, agreed on in a session: the AI coach offers three times, and books one of these."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from coachroom.appointments.bookings import Appointments
from coachroom.appointments.openings import NO_HOURS, NotFreeError, Openings
from coachroom.appointments.rows import AppointmentNotFoundError, found_in
from coachroom.appointments.sentences import whom_text
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.appointments.three_times import on_three_days
from coachroom.appointments.time_text import time_text
from coachroom.clock import Clock, day_there
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import NotAllowedError
from coachroom.people.profiles import zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "next_times.sql")

IN_A_WEEK = timedelta(days=7)
# What the tool's parameters are called, and who is meant by what the agent says.
TIME, DAY, WHOM = "time", "day", "with_whom"
WHOM_MEANS = {
    "ai_coach": AppointmentKind.AI,
    "human_coach": AppointmentKind.COACH,
    "both": AppointmentKind.BOTH,
}
THEIR_COACH = "their human coach"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ")
_TIME_FORMAT = "%Y-%m-%dT%H:%MZ"
ASK_AGAIN = "Call this tool again without a time, and offer what it gives you."


class NextTimes:
    """Safe to use from many threads. Answers are sentences for the agent."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        openings: Openings,
        appointments: Appointments,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._openings = openings
        self._appointments = appointments

    def use(self, session_id: str, client_id: str, given: Mapping[str, Any]) -> tuple[str, str | None]:
        """Offers three times, or books the one that is given. Raises InvalidInputError.

        The sentence, and the time that is booked, as the client reads it.
        """
        try:
            if TIME in given:
                return self._book(session_id, client_id, _moment(str(given[TIME])))
            kind = WHOM_MEANS[str(given.get(WHOM, "ai_coach"))]
            return self._offer(session_id, client_id, kind, _day(given[DAY]) if DAY in given else None), None
        except (NotAllowedError, AppointmentNotFoundError) as refusal:
            raise InvalidInputError(str(refusal)) from None

    def _offer(self, session_id: str, client_id: str, kind: AppointmentKind, day: date | None) -> str:
        free = self._openings.free(self._store, client_id, kind)
        if free is None:
            raise InvalidInputError(NO_HOURS)
        now, zone = self._clock(), zone_of(self._store, client_id)
        chosen = on_three_days(free, day or day_there(now + IN_A_WEEK, zone), now, zone)
        if not chosen:
            raise InvalidInputError("No time is free: say that the client can look on their page Appointments later.")

        def work(transaction: Transaction) -> None:
            for at in chosen:
                transaction.execute(SQL["offer"], [session_id, at, kind, now])

        self._writer.submit(work).result()
        times = ", ".join(f"{json.dumps(time_text(at, zone))} (time {at:{_TIME_FORMAT}})" for at in chosen)
        return (
            f"Free with {whom_text(kind, THEIR_COACH)}, on the client's clock: {times}. Offer these. Once the client "
            "says yes to one, call this tool again with its time."
        )

    def _book(self, session_id: str, client_id: str, at: datetime) -> tuple[str, str]:
        def work(transaction: Transaction) -> Appointment:
            offered = transaction.execute(SQL["kind_offered"], [session_id, at])
            if not offered:
                raise InvalidInputError(f"This time was not offered in this session. {ASK_AGAIN}")
            kind = AppointmentKind(offered[0][0])
            # The same call again, or another one with the same wish.
            for (id,) in transaction.execute(SQL["booked_at"], [client_id, at, kind]):
                return found_in(transaction, id)
            ((by,),) = transaction.execute(SQL["email_of"], [client_id])
            return self._appointments.book_in(transaction, client_id, kind, at, by=by, through_ai_coach=True)

        try:
            made = self._writer.submit(work).result()
        except NotFreeError as error:
            raise InvalidInputError(f"It is not booked. {error} {ASK_AGAIN}") from None
        when = time_text(made.begins_at, zone_of(self._store, client_id))
        said = f"Booked with {whom_text(made.kind, THEIR_COACH)}: {json.dumps(when)}."
        return f"{said} The client finds it on their page Appointments.", when


def _moment(text: str) -> datetime:
    try:
        if _TIME.fullmatch(text):
            return datetime.strptime(text, _TIME_FORMAT)
    except ValueError:
        pass
    raise InvalidInputError(f"This is no time that was offered. {ASK_AGAIN}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError("day must be a day like 2026-05-04.") from None
