"""The budget as it is spent: every signed address and every call is asked for here before it is had."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.budget.allowance import Allowance, Grant
from coachroom.budget.amounts import ByPeriod, Period
from coachroom.budget.days import CommunityDay, community_day
from coachroom.budget.sentences import spent_sentence
from coachroom.budget.use import CommunityUse, DayUse, UseByDay, use_by_period
from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import BudgetSpentError
from coachroom.recording.events import CallChanged, CallState
from coachroom.recording.intake import BUDGET_SPENT
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.budget", "budgets.sql")
# A page gives a call up after 20 seconds.
GRANT_LAPSES = timedelta(minutes=1)
GRANT_DELETED = timedelta(hours=1)
# Of calls that began within this time, the usual length is taken.
LATELY = timedelta(days=7)


class Budgets:
    """Decides who may have a signed address or a call. Decisions are made one after the other.

    What is granted counts from then on: an address at once, a call with all the time it may take, and after its end
    with the time it took. All of it counts for the day on which it was granted.
    """

    def __init__(
        self, store: Store, writer: Writer, rooms: Rooms, clock: Clock, *, budget: ByPeriod, zone: ZoneInfo
    ) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self.budget = budget
        self.zone = zone
        self._deciding = threading.Lock()
        self._refused: Counter[Period] = Counter()

    def today(self) -> CommunityDay:
        """The day of the community that it is now."""
        return community_day(self._clock(), self.zone)

    def allowance(self, client_id: str, session_id: str = "") -> Allowance:
        """What is left for the client. In `session_id`, a new call takes over what the call before was granted."""
        day = self.today()
        used = use_by_period(self._use_by_day(day, client_id, session_id), day.calendar_date)
        return Allowance({period: self.budget[period].without(used[period]) for period in Period}, day)

    def community_use(self) -> CommunityUse:
        """What the whole community used today and this month."""
        day = self.today()
        return CommunityUse(day, {date: use.community for date, use in self._use_by_day(day).items()})

    def wait_for_line(self) -> int | None:
        """In about how many minutes a line is free, by how long calls lately took; None where that is not known."""
        now = self._clock()
        ((seconds,),) = self._store.execute(SQL["wait_for_line"], [now, now - LATELY])
        return None if seconds is None else max(1, math.ceil(seconds / 60))

    def most_minutes(self, most: int) -> list[tuple[str, float]]:
        """The members whose calls took the most minutes this month, by name; up to `most`."""
        return [
            (name, minutes)
            for name, minutes in self._store.execute(SQL["most_minutes"], [self.today().first_of_month, most])
        ]

    def hand_out_address(self, session: Session, ask: Callable[[], str]) -> str:
        """A signed address from `ask`, counted for the session's client unless `ask` raises.

        Raises BudgetSpentError where no address is left, or no call that could begin at it.
        """
        with self._deciding:
            allowance = self.allowance(session.client_id, session.id)
            self._refuse(allowance, allowance.no_address())
            counted = [session.client_id, allowance.day.calendar_date]
            self._write("count_address", counted)
        try:
            return ask()
        except BaseException:
            self._write("give_back_address", counted)
            raise

    def start_call(self, session: Session) -> tuple[Grant, datetime | None]:
        """Lets a call start in the session; also returns when what limits it is renewed (naive UTC).

        Raises BudgetSpentError.
        """
        with self._deciding:
            now = self._clock()
            wanted = self._rooms.time_left(session, now)
            allowance = self.allowance(session.client_id, session.id)
            self._refuse(allowance, allowance.no_call(wanted))
            grant = allowance.grant(wanted)
            today, seconds = allowance.day.calendar_date, grant.longest.total_seconds()
            row = (new_id(now), session.id, session.client_id, today, now, seconds)
            self._writer.submit(lambda transaction: self._grant(transaction, session.id, row)).result()
        return grant, allowance.renewed_at(grant.limited_by) if grant.limited_by else None

    def may_extend(self, session: Session) -> bool:
        """Whether the client may make the session longer now: near its end, as often as set, and where the budget
        allows it."""
        if not self._rooms.may_extend(session, self._clock()):
            return False
        return self.allowance(session.client_id).no_more(self._rooms.limits.extra) is None

    def extend(self, session: Session) -> None:
        """Makes the session, and its call under way, longer. Raises InvalidInputError or BudgetSpentError."""
        with self._deciding:
            # Another tab may have pressed a moment ago.
            current = self._rooms.session(session.id)
            if current is None or not self._rooms.may_extend(current, self._clock()):
                times = self._rooms.limits.extra_times
                often = "once" if times == 1 else f"up to {times} times"
                raise InvalidInputError(f"A session is made longer {often}, each time in its last three minutes.")
            allowance = self.allowance(session.client_id)
            self._refuse(allowance, allowance.no_more(self._rooms.limits.extra))
            self._writer.submit(lambda transaction: self._extend(transaction, session.id)).result()

    def call_changed(self, transaction: Transaction, session_id: str, change: CallChanged, at_time: datetime) -> None:
        """Within the caller's transaction: a call began, waits, ended or failed, as its page reports."""
        call = [session_id, change.conversation_id]
        match change.state:
            case CallState.CONNECTED if change.conversation_id:
                # A call that waited in the queue begins anew when it is admitted.
                transaction.execute(SQL["use_grant"], [*call, at_time])
                transaction.execute(SQL["admit_call"], [*call, at_time])
            case CallState.QUEUED:
                transaction.execute(SQL["queue_call"], call)
            case CallState.DISCONNECTED:
                transaction.execute(SQL["end_call"], [*call, at_time])
            case CallState.FAILED if change.reason != BUDGET_SPENT:
                transaction.execute(SQL["give_up_grant"], [session_id, at_time])
            case _:
                return
        self._limit_call(transaction, session_id)

    @property
    def refused(self) -> Mapping[Period, int]:
        """How often each period's budget refused an address or a call since this process started."""
        return {period: self._refused[period] for period in Period}

    def _refuse(self, allowance: Allowance, period: Period | None) -> None:
        if period is None:
            return
        self._refused[period] += 1
        sentence = spent_sentence(allowance, period, self._clock(), self.zone)
        raise BudgetSpentError(f"{sentence[:-1]} ({self.zone.key}).")

    def _use_by_day(self, day: CommunityDay, client_id: str = "", session_id: str = "") -> UseByDay:
        now = self._clock()
        parameters = {
            "since": day.first_of_month,
            "not_lapsed": now - GRANT_LAPSES,
            "now": now,
            "client": client_id,
            "session": session_id,
        }
        return {row[0]: DayUse.of_row(row) for row in self._store.execute(SQL["use_by_day"], parameters)}

    def _grant(self, transaction: Transaction, session_id: str, row: Row) -> None:
        transaction.execute(SQL["delete_unused_grants"], [self._clock() - GRANT_DELETED])
        transaction.execute(SQL["forget_whose"], [self.today().calendar_date])
        transaction.execute(SQL["grant_call"], row)
        self._limit_call(transaction, session_id)

    def _extend(self, transaction: Transaction, session_id: str) -> None:
        self._rooms.extend(transaction, session_id)
        transaction.execute(SQL["extend_call"], [session_id, self._rooms.limits.extra.total_seconds()])
        self._limit_call(transaction, session_id)

    def _limit_call(self, transaction: Transaction, session_id: str) -> None:
        ((ends_at,),) = transaction.execute(SQL["call_ends_at"], [session_id])
        self._rooms.limit_call(transaction, session_id, ends_at)

    def _write(self, statement: str, row: list[Any]) -> None:
        self._writer.submit(lambda transaction: transaction.execute(SQL[statement], row)).result()
