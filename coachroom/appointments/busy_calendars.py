"""When coaches are busy elsewhere: read from the secret address of another calendar of theirs, again and again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from coachroom.appointments.busy_file import BusyFileError, read_busy_file
from coachroom.appointments.calendars import Span
from coachroom.appointments.openings import SERIES_HORIZON_DAYS
from coachroom.clock import Clock
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import CoachroomError
from coachroom.notifications.public_get import REDIRECTS, PublicAnswer
from coachroom.rounds import round_is_over
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

log = logging.getLogger(__name__)
SQL = load_statements("coachroom.appointments", "busy_calendars.sql")

FETCH_EVERY = timedelta(minutes=15)
MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_ADDRESS_CHARS = 1000
LOOK_BACK, LOOK_AHEAD = timedelta(days=1), timedelta(days=SERIES_HORIZON_DAYS)
FOUND, GONE = 200, (401, 403, 404, 410)

# What stands at an address, of so many bytes at most and one more. Raises CoachroomError.
Fetch = Callable[[str, int], PublicAnswer]


@dataclass(frozen=True)
class BusyCalendar:
    """`host`: of the address, which is a secret. `fetched_at`: of the copy that counts; `times`: how many it has.

    `problem`: a sentence about the latest try; None where it went well, or there was none yet.
    """

    host: str
    added_at: datetime
    tried_at: datetime | None
    fetched_at: datetime | None
    problem: str | None
    times: int


class BusyCalendars:
    """Safe to use from many threads. `own_host`: as of `read_busy_file`."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, *, fetch: Fetch, own_host: str) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._fetch = fetch
        self._own_host = own_host

    def of(self, coach_email: str) -> BusyCalendar | None:
        """What is known of this coach's other calendar; None where they gave none."""
        for address, *known in self._store.execute(SQL["of"], [coach_email]):
            return BusyCalendar(str(urlsplit(address).hostname), *known)
        return None

    def set_address(self, coach_email: str, text: str) -> None:
        """From now on that calendar is read; what another one said is gone. Raises InvalidInputError."""
        row = [coach_email, _address(text), self._clock()]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["forget_times"], [coach_email])
            transaction.execute(SQL["put"], row)

        self._writer.submit(work).result()

    def forget(self, coach_email: str) -> None:
        """No calendar is read any more, and nothing is left of what it said."""

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["forget_times"], [coach_email])
            transaction.execute(SQL["forget"], [coach_email])

        self._writer.submit(work).result()

    def fetch_due(self) -> int:
        """Reads the calendars that are due, one after another, until the round is over; how many."""
        due = self._store.execute(SQL["due"], [self._clock() - FETCH_EVERY])
        for number, (coach_email, address, zone) in enumerate(due):
            if round_is_over():
                return number
            self._fetch_one(coach_email, address, zone)
        return len(due)

    def _fetch_one(self, coach_email: str, address: str, zone: str) -> None:
        try:
            times = self._read(address, zone)
        except CoachroomError as error:
            self._note_problem(coach_email, address, str(error))
        except Exception:
            # Whatever a stranger's file brings about: the last good copy counts, and the others' turn comes.
            log.warning("the calendar at %s could not be read", urlsplit(address).hostname)
            self._note_problem(coach_email, address, "This calendar could not be read.")
        else:
            self._keep(coach_email, address, times)

    def _read(self, address: str, zone: str) -> list[Span]:
        with measured(Work.CALENDAR):
            answer = self._fetch(address, MAX_FILE_BYTES)
        if answer.status in REDIRECTS:
            raise BusyFileError("This address leads on to another one: give that one.")
        if answer.status in GONE:
            raise BusyFileError("There is no calendar at this address any more: copy the address anew.")
        if answer.status != FOUND:
            raise BusyFileError(f"This calendar's server has a fault (it answers {answer.status}).")
        if len(answer.body) > MAX_FILE_BYTES:
            raise BusyFileError("This calendar is larger than 2 MB: give one with fewer entries.")
        now = self._clock()
        return read_busy_file(
            answer.body, zone=zone, own_host=self._own_host, since=now - LOOK_BACK, until=now + LOOK_AHEAD
        )

    def _keep(self, coach_email: str, address: str, times: list[Span]) -> None:
        now = self._clock()

        def work(transaction: Transaction) -> None:
            # The coach may have given another address, or none, since.
            if transaction.execute(SQL["note_good"], [coach_email, address, now]):
                transaction.execute(SQL["forget_times"], [coach_email])
                begins, ends = [each.begins_at for each in times], [each.ends_at for each in times]
                transaction.execute(SQL["add_times"], [coach_email, begins, ends])

        self._writer.submit(work).result()

    def _note_problem(self, coach_email: str, address: str, problem: str) -> None:
        row = [coach_email, address, self._clock(), problem]
        self._writer.submit(lambda transaction: transaction.execute(SQL["note_problem"], row)).result()


def _address(text: str) -> str:
    """Raises InvalidInputError."""
    address = text.strip()
    if address.startswith("webcal://"):
        address = "https" + address.removeprefix("webcal")
    try:
        url = urlsplit(address)
        usable = url.scheme == "https" and bool(url.hostname) and url.username is None and (url.port or 443) > 0
    except ValueError:
        usable = False
    if not usable or len(address) > MAX_ADDRESS_CHARS or not address.isascii() or not address.isprintable():
        raise InvalidInputError(
            "Paste the whole secret address of your calendar: it begins with https:// and often ends in .ics."
        )
    if " " in address:
        raise InvalidInputError("The address has a space in it: copy it once more.")
    return address
