"""Comparisons of two versions are made, started, watched, stopped and decided; new clients are drawn into them.

While one runs, nothing here tells how its versions differ: only `Result` of one that ran to its planned size does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import InvalidInputError, one_line, required_lines
from coachroom.comparisons.agent_tries import AgentTry, VersionsThere, latest_try, not_passed, outdated
from coachroom.comparisons.beside import Beside, FoundBeside, found_beside
from coachroom.comparisons.drawing import draw
from coachroom.comparisons.estimate import VersionDifference, estimate
from coachroom.comparisons.guard import LOOKS_EVERY, REPORTED, Records, harm
from coachroom.comparisons.planning import SMALLEST, CommunityPace, Outlook, outlook
from coachroom.comparisons.states import FOLLOWS, Arm, Comparison, ComparisonState
from coachroom.errors import CoachroomError
from coachroom.people.audit import write_audit
from coachroom.people.people import ensure_administrator
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.comparisons", "comparisons.sql")

FIELDS = tuple(each.name for each in fields(Comparison))

SHARE = 0.5
MAX_WORDS_CHARS = 1_000
# Who stops and ends where nobody pressed anything.
COACHROOM = "coachroom"
UNDECIDED = "A comparison runs or waits for its decision: decide that one first."
NO_KEY = (
    "A comparison needs signed addresses, which ask for a version by its branch: set ELEVENLABS_API_KEY. A public "
    "agent without a key cannot be compared."
)


class ComparisonChangedError(CoachroomError):
    """The comparison is not any more what the page has shown."""

    def __init__(self) -> None:
        super().__init__("Nothing was changed: this comparison has changed meanwhile. Reload the page.")


@dataclass(frozen=True)
class Plan:
    """What an administrator asks for: two branches of the agent, and the smallest difference in stars to be told."""

    title: str
    why: str
    standing: str
    candidate: str
    smallest: float


@dataclass(frozen=True)
class Result:
    """What became of one. Only one that ran to its planned size has `found`, `suggested` and `beside`."""

    records: Records
    found: VersionDifference | None
    suggested: Arm | None
    beside: Sequence[FoundBeside] = ()


class Comparisons:
    """Safe to use from many threads. Writes block until they are committed.

    `on`: whether there are comparisons here; `signs`: whether calls have signed addresses; `pace_at` and `records_of`
    tell what sessions say, of the community and of a comparison's versions.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        on: bool,
        signs: bool,
        pace_at: Callable[[datetime], CommunityPace],
        records_of: Callable[[str], Records],
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self.on = on
        self._signs = signs
        self._pace_at = pace_at
        self._records_of = records_of

    def all(self) -> list[Comparison]:
        """The latest first."""
        return [_comparison(row) for row in self._store.execute(SQL["all"], [])]

    def get(self, id: str) -> Comparison:
        """Raises ComparisonChangedError where it is gone."""
        found = next((each for each in self.all() if each.id == id), None)
        if found is None:
            raise ComparisonChangedError
        return found

    def undecided(self) -> Comparison | None:
        """The one that runs, or that waits for its decision."""
        begun = (ComparisonState.RUNNING, ComparisonState.FINISHED, ComparisonState.STOPPED)
        return next((each for each in self.all() if each.state in begun), None)

    def running(self) -> bool:
        """Whether new clients are drawn now."""
        current = self.undecided() if self.on else None
        return current is not None and current.state is ComparisonState.RUNNING

    def outlook(self, smallest: float) -> Outlook:
        """How large a comparison that tells this difference would be here and now."""
        return outlook(smallest, self._pace_at(self._clock()))

    def refusal(self) -> str | None:
        """Why none can begin here, whatever its size."""
        return None if self._signs else NO_KEY

    def add(self, plan: Plan, by: str) -> str:
        """A draft; its id. Raises CoachroomError with a sentence."""
        title = one_line(plan.title, "The title", 80)
        why = required_lines(plan.why, "The reason", MAX_WORDS_CHARS)
        standing, candidate = (one_line(branch, "The branch", 200) for branch in (plan.standing, plan.candidate))
        if standing == candidate:
            raise InvalidInputError("Both versions are the same branch: choose two.")
        if plan.smallest not in SMALLEST:
            raise InvalidInputError("Choose one of the differences offered.")
        now = self._clock()
        id, planned = new_id(now), self.outlook(plan.smallest).planned_sessions or 0

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, by)
            if transaction.execute(SQL["title_taken"], [title]):
                raise InvalidInputError("There is a comparison of this title: choose another title.")
            transaction.execute(
                SQL["add"], [id, title, why, standing, candidate, SHARE, plan.smallest, planned, by, now]
            )

        self._writer.submit(work).result()
        return id

    def delete_draft(self, id: str, by: str) -> None:
        """Raises CoachroomError."""

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, by)
            if not transaction.execute(SQL["delete_draft"], [id]):
                raise ComparisonChangedError

        self._writer.submit(work).result()

    def tries(self, comparison: Comparison) -> dict[Arm, AgentTry | None]:
        """What `agent test` found last in each version; None where it was not tried."""
        return {arm: latest_try(self._store, comparison.branch(arm)) for arm in Arm}

    def not_passed(self, comparison: Comparison) -> dict[Arm, str]:
        """The versions without a kept pass that counts, each with the sentence why."""
        now, tries = self._clock(), self.tries(comparison)
        found = {arm: not_passed(comparison.branch(arm), tries[arm], now) for arm in Arm}
        return {arm: why for arm, why in found.items() if why is not None}

    def start(self, id: str, by: str, look_there: Callable[[Comparison], VersionsThere]) -> None:
        """From now on new clients are drawn. `look_there` raises CoachroomError where a version cannot be met.

        Raises CoachroomError with the sentence why it cannot begin.
        """
        comparison = self.get(id)
        ahead = self.outlook(comparison.smallest)
        if refusal := self.refusal() or ahead.refusal:
            raise CoachroomError(refusal)
        if self.undecided() is not None:
            raise CoachroomError(UNDECIDED)
        for why in self.not_passed(comparison).values():
            raise CoachroomError(why)
        self._ensure_tried_as_they_are(comparison, look_there(comparison))
        now = self._clock()

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, by)
            if transaction.execute(SQL["undecided"], []):
                raise CoachroomError(UNDECIDED)
            _step(transaction, id, ComparisonState.RUNNING)
            transaction.execute(SQL["start"], [id, now, ahead.planned_sessions])
            branches = {"standing": comparison.standing, "candidate": comparison.candidate}
            _audit(transaction, by, "comparison.started", comparison, now, **branches)

        self._writer.submit(work).result()

    def _ensure_tried_as_they_are(self, comparison: Comparison, there: VersionsThere) -> None:
        """Raises CoachroomError where a version, or what it is tried with, has changed since it passed."""
        for arm, found in self.tries(comparison).items():
            if found is not None and (why := outdated(found, there.versions[arm], there.tests)) is not None:
                raise CoachroomError(why)

    def stop(self, id: str, by: str, because: str) -> None:
        """Ends a running one before its planned size: all have the standing version then. Raises CoachroomError."""
        comparison, reason = self.get(id), required_lines(because, "The reason", MAX_WORDS_CHARS)

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, by)
            self._stop(transaction, comparison, by, reason)

        self._writer.submit(work).result()

    def decide(self, id: str, by: str, decision: Arm, words: str) -> None:
        """An administrator says in a sentence which version stays. Raises CoachroomError."""
        comparison, sentence = self.get(id), required_lines(words, "The sentence", MAX_WORDS_CHARS)
        now = self._clock()

        def work(transaction: Transaction) -> None:
            ensure_administrator(transaction, by)
            _step(transaction, id, ComparisonState.DECIDED)
            transaction.execute(SQL["decide"], [id, now, by, decision, sentence])
            _audit(transaction, by, "comparison.decided", comparison, now, version=decision, words=sentence)

        self._writer.submit(work).result()

    def look(self) -> None:
        """Stops the running one where a session with its candidate was reported as not safe; ends it at its planned
        size; once a week, stops it where it does harm."""
        running = self.undecided() if self.on else None
        if running is None or running.state is not ComparisonState.RUNNING or running.looked_at is None:
            return
        now, records = self._clock(), self._records_of(running.id)
        ((reports,),) = self._store.execute(SQL["reported"], [running.id])
        if reports:
            self._writer.submit(lambda transaction: self._guard(transaction, running, REPORTED, now)).result()
        elif sum(record.sessions for record in records.values()) >= running.planned_sessions:
            self._writer.submit(lambda transaction: self._finish(transaction, running, now)).result()
        elif now - running.looked_at >= LOOKS_EVERY:
            because = harm(records)
            self._writer.submit(lambda transaction: self._guard(transaction, running, because, now)).result()

    def result(self, comparison: Comparison) -> Result:
        """Counts at any time; the difference only of one that ran to its planned size."""
        records = self._records_of(comparison.id)
        if not comparison.ran_to_its_end:
            return Result(records, None, None)
        found = estimate(*(records[arm].ratings if arm in records else () for arm in Arm))
        beside = [
            found_beside(what, {arm: record.beside.get(what, ()) for arm, record in records.items()})
            for what in Beside
        ]
        if found is None:
            return Result(records, None, None, beside)
        return Result(records, found, Arm.CANDIDATE if found.shrunk > 0 else Arm.STANDING, beside)

    def branch_for_call(self, session: Session) -> str | None:
        """Which branch of the agent a call of this session is to have; None: the agent's own choice.

        A new client is drawn here, at the first call of their first session, and keeps what was drawn. Nobody is
        drawn in a session off the record.
        """
        current = self.undecided() if self.on else None
        if current is None:
            return None
        arm = self._arm_of(self._store, current, session.client_id)
        if arm is None and current.state is ComparisonState.RUNNING and not session.off_record:
            arm = self._writer.submit(lambda transaction: self._draw(transaction, current, session)).result()
        return None if arm is None else current.branch(arm)

    def refuses(self, client_id: str) -> bool:
        """Whether the client wants no part in comparisons."""
        return bool(self._store.execute(SQL["refused"], [client_id]))

    def set_part(self, client_id: str, *, takes_part: bool) -> None:
        """The client says whether they take part. Who leaves has the standing version from the next call on."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            if takes_part:
                transaction.execute(SQL["allow"], [client_id])
            else:
                transaction.execute(SQL["refuse"], [client_id, now])
                transaction.execute(SQL["leave"], [client_id, now])

        self._writer.submit(work).result()

    def met_in(self, session_id: str) -> list[tuple[str, Arm]]:
        """The comparison's title and the version met, for each version that a session in a comparison had."""
        return [(title, Arm(arm)) for title, arm in self._store.execute(SQL["met"], [session_id])]

    def _draw(self, transaction: Transaction, current: Comparison, session: Session) -> Arm | None:
        """None for who is not new, or wants no part."""
        if not _is(transaction, current.id, ComparisonState.RUNNING):
            return None
        # Another tab may have been drawn a moment ago.
        if (known := self._arm_of(transaction, current, session.client_id)) is not None:
            return known
        ((others,),) = transaction.execute(SQL["other_sessions"], [session.client_id, session.id])
        if others or transaction.execute(SQL["refused"], [session.client_id]):
            return None
        ((before,),) = transaction.execute(SQL["drawn"], [current.id])
        drawn = draw(current.id, session.client_id, share=current.share, drawn_before=before)
        row = [current.id, session.client_id, drawn.arm, drawn.probability, drawn.fence, self._clock()]
        transaction.execute(SQL["put_draw"], row)
        return drawn.arm

    def _arm_of(self, source: Store | Transaction, current: Comparison, client_id: str) -> Arm | None:
        """What the client's next call has; None where they were not drawn."""
        found = source.execute(SQL["draw_of"], [current.id, client_id])
        if not found:
            return None
        arm, left = found[0]
        return Arm.STANDING if left or current.state is ComparisonState.STOPPED else Arm(arm)

    def _guard(self, transaction: Transaction, running: Comparison, because: str | None, now: datetime) -> None:
        if not _is(transaction, running.id, ComparisonState.RUNNING):
            return
        if because is None:
            transaction.execute(SQL["looked"], [running.id, now])
        else:
            self._stop(transaction, running, COACHROOM, because)

    def _stop(self, transaction: Transaction, comparison: Comparison, by: str, because: str) -> None:
        now = self._clock()
        _step(transaction, comparison.id, ComparisonState.STOPPED)
        transaction.execute(SQL["stop"], [comparison.id, now, by, because])
        _audit(transaction, by, "comparison.stopped", comparison, now, because=because)

    def _finish(self, transaction: Transaction, running: Comparison, now: datetime) -> None:
        if _is(transaction, running.id, ComparisonState.RUNNING):
            transaction.execute(SQL["finish"], [running.id, now])
            _audit(transaction, COACHROOM, "comparison.finished", running, now)


def _is(transaction: Transaction, id: str, state: ComparisonState) -> bool:
    return transaction.execute(SQL["state_of"], [id]) == [(state,)]


def _step(transaction: Transaction, id: str, state: ComparisonState) -> None:
    """Raises ComparisonChangedError where the state does not follow on the present one."""
    found = transaction.execute(SQL["state_of"], [id])
    if not found or state not in FOLLOWS[ComparisonState(found[0][0])]:
        raise ComparisonChangedError


def _audit(
    transaction: Transaction, by: str, action: str, comparison: Comparison, now: datetime, **detail: str
) -> None:
    write_audit(transaction, actor=by, action=action, subject=comparison.title, detail=detail, now=now)


def _comparison(row: Row) -> Comparison:
    values = dict(zip(FIELDS, row, strict=True))
    decision = values["decision"]
    values["state"], values["decision"] = ComparisonState(values["state"]), Arm(decision) if decision else None
    return Comparison(**values)
