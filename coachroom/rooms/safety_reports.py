"""A client, or their human coach, reports that a session was not safe. Administrators are told, and a comparison of
versions stops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coachroom.clock import Clock
from coachroom.errors import NotAllowedError
from coachroom.people.audit import write_audit
from coachroom.people.people import Person, ensure_administrator
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.rooms", "safety_reports.sql")
MAX_WORDS_CHARS = 2_000
MAX_SESSIONS = 50
# Whoever changes all that they reported pushes nobody else's reports off a page.
MAX_FIRST_OF_ONE = 3


@dataclass(frozen=True)
class SafetyReport:
    """What was reported of a session, at `reported_at` (naive UTC); words are None where they were left out.

    `coach`: the e-mail address of the human coach who reported; None where the client did. `changed_at` is there once
    they put other words in the place of the first ones. `dealt_with_at` and `dealt_with_by`, the e-mail address of an
    administrator, are there once these words are dealt with.
    """

    session_id: str
    client_id: str
    coach: str | None
    words: str | None
    reported_at: datetime
    changed_at: datetime | None = None
    dealt_with_at: datetime | None = None
    dealt_with_by: str | None = None


@dataclass(frozen=True)
class ReportCounts:
    """How many reports are not dealt with, and how many there are, by clients and coaches."""

    open: int
    all: int


class SafetyReports:
    """Safe to use from many threads. Writes block until they are committed.

    `ensure_coach_on_record` raises where somebody is not the coach of the client, who may have left; `announce` tells
    administrators of a report that is new or was changed. Both are called in the transaction that keeps it.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        ensure_coach_on_record: Callable[[Transaction, str, str], None],
        announce: Callable[[Transaction, SafetyReport], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._ensure_coach_on_record = ensure_coach_on_record
        self._announce = announce

    def of_session(self, session_id: str) -> SafetyReport | None:
        """What its client reported of this session and did not take back."""
        rows = self._store.execute(SQL["of_session"], [session_id])
        return SafetyReport(*rows[0]) if rows else None

    def of_coach(self, client_id: str, coach: Person) -> list[SafetyReport]:
        """What this coach reported of sessions of the client, the latest first."""
        return [SafetyReport(*row) for row in self._store.execute(SQL["of_coach"], [client_id, coach.email])]

    def latest(self, most: int, open_at: datetime | None = None) -> list[SafetyReport]:
        """Those of everybody, first what is open, or was at a moment, then what was reported or changed last.

        Of one person MAX_FIRST_OF_ONE come first, and the others behind those of all.
        """
        values = [most, MAX_FIRST_OF_ONE, open_at or self._clock()]
        return [SafetyReport(*row) for row in self._store.execute(SQL["latest"], values)]

    def counts(self) -> ReportCounts:
        """How many there are."""
        return ReportCounts(*self._store.execute(SQL["counts"])[0])

    def reportable_sessions(self, client_id: str) -> dict[str, datetime]:
        """Those of the client's latest sessions that their coach may report: when each began, by its id."""
        return dict(self._store.execute(SQL["reportable_sessions"], [client_id, MAX_SESSIONS]))

    def report(self, session: Session, words: str) -> None:
        """The client reports. Again: other words replace those that stand, none leave them; the first time stays.

        Raises NotAllowedError for a session that is not on record.
        """
        report = SafetyReport(session.id, session.client_id, None, _trimmed(words), self._clock())
        self._writer.submit(lambda transaction: self._keep(transaction, report)).result()

    def report_as_coach(self, session_id: str, client_id: str, coach: Person, words: str) -> None:
        """The client's own coach reports, also after the client left; again, as with `report`.

        Raises NotAllowedError as `report` does, and ClientNotFoundError for a client of somebody else.
        """
        report = SafetyReport(session_id, client_id, coach.email, _trimmed(words), self._clock())

        def work(transaction: Transaction) -> None:
            self._ensure_coach_on_record(transaction, coach.email, client_id)
            self._keep(transaction, report)

        self._writer.submit(work).result()

    def take_back(self, session: Session) -> None:
        """Nobody reads the report any more. What was stopped because of it stays stopped."""
        self._write("take_back", [session.id, session.client_id])

    def take_back_as_coach(self, session_id: str, coach: Person) -> None:
        """The same for what this coach reported."""
        self._write("take_back_of_coach", [session_id, coach.email])

    def deal_with(self, report: SafetyReport, administrator: Person) -> None:
        """These words are dealt with; other ones, put in their place later, open the report again.

        Raises NotAllowedError where the report is not as it was read, or for somebody who is no administrator.
        """
        now, of_whom = self._clock(), _coach_in(report)
        as_read = [report.session_id, report.reported_at, report.changed_at, *of_whom]
        values = [now, administrator.email, *as_read]

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, administrator.email)
            if not transaction.execute(SQL["deal_with_of_coach" if of_whom else "deal_with"], values):
                raise NotAllowedError("This report was changed, taken back or dealt with meanwhile: read it anew.")
            _audit(transaction, administrator, "safety_report.dealt_with", report, now)

        self._writer.submit(work).result()

    def open_again(self, report: SafetyReport, administrator: Person) -> None:
        """As it was before it was dealt with. Raises NotAllowedError as `deal_with` does."""
        now, of_whom = self._clock(), _coach_in(report)

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, administrator.email)
            statement = "open_again_of_coach" if of_whom else "open_again"
            if not transaction.execute(SQL[statement], [report.session_id, *of_whom]):
                raise NotAllowedError("This report is open already, or was taken back.")
            _audit(transaction, administrator, "safety_report.opened_again", report, now)

        self._writer.submit(work).result()

    def _keep(self, transaction: Transaction, report: SafetyReport) -> None:
        session, of_whom = [report.session_id, report.client_id], _coach_in(report)
        is_over = [over for (over,) in transaction.execute(SQL["is_over"], session)]
        # A human coach reports a session that is over.
        if not (any(is_over) if of_whom else is_over):
            raise NotAllowedError("This session is not on record any more, so nothing was reported of it.")
        values = [*session, *of_whom, report.words, report.reported_at]
        for reported_at, changed_at in transaction.execute(SQL["put_of_coach" if of_whom else "put"], values):
            self._announce(transaction, replace(report, reported_at=reported_at, changed_at=changed_at))

    def _write(self, statement: str, values: Sequence[object]) -> None:
        self._writer.submit(lambda transaction: transaction.execute(SQL[statement], list(values))).result()


def _coach_in(report: SafetyReport) -> list[str]:
    """The parameter that a coach's report has and a client's has not."""
    return [] if report.coach is None else [report.coach]


def _audit(transaction: Transaction, by: Person, action: str, report: SafetyReport, now: datetime) -> None:
    detail = {"session": report.session_id}
    write_audit(transaction, actor=by.email, action=action, subject=report.client_id, detail=detail, now=now)


def _trimmed(words: str) -> str | None:
    return words.strip()[:MAX_WORDS_CHARS] or None
