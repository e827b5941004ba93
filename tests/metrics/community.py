"""A community as plain values, and its way into a database: the input of the metrics and of their reference."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from coachroom.coaching.stages import Stage
from coachroom.metrics.facts import compute_facts, number_clients_of, put_facts
from coachroom.store.store import Store, Transaction

GOLDEN = Path(__file__).parent.parent / "golden"
TABLES = (
    "client_profiles",
    "sessions",
    "pauses",
    "live_joins",
    "live_acts",
    "written_steps",
    "conversations",
    "silences",
    "agent_conversations",
    "session_facts",
    "client_numbers",
    "feedback",
    "check_ins",
    "session_questions",
    "comparisons",
    "comparison_draws",
    "session_approach",
    "approach_choices",
    "approach_asks",
    "evaluations",
    "confidence",
    "goals",
    "goal_checkins",
    "actions",
    "appointments",
    "members",
    "consents",
    "withdrawn_consents",
)


@dataclass(frozen=True)
class Turn:
    sender: str
    text: str
    interrupted: bool = False
    felt_ms: int | None = None
    silenced_ms: int | None = None
    typed_ms: int | None = None
    # From the transcript, as pages measured before.
    latency_ms: int | None = None

    @property
    def heard(self) -> dict[str, int | bool]:
        """What a page reports: a quarter of the wait is recognition, and an answer within 600 ms cuts in."""
        times = {
            "felt_ms": self.felt_ms,
            "transcript_ms": None if self.felt_ms is None else self.felt_ms // 4,
            "answer_ms": None if self.felt_ms is None else self.felt_ms - self.felt_ms // 4,
            "cut_in": None if self.felt_ms is None else self.felt_ms < 600,
            "silenced_ms": self.silenced_ms,
            "typed_ms": self.typed_ms,
            "latency_ms": self.latency_ms,
        }
        return {name: value for name, value in times.items() if value is not None}


@dataclass(frozen=True)
class PauseRow:
    seconds: float
    interrupted: bool = False


@dataclass(frozen=True)
class JoinRow:
    """A coach was let in at the session's start; `linked`: how many seconds the line stood, None: never."""

    linked: float | None = 60.0
    acts: tuple[str, ...] = ()
    admitted: bool = True


@dataclass(frozen=True)
class ApproachRow:
    """What stood in a session's briefing, and what the coach made of it."""

    tone: str | None = None
    pace: str | None = None
    opening: str | None = None
    lead: str | None = None
    asking_share: float | None = None
    checked_back: bool | None = None


@dataclass(frozen=True)
class AskRow:
    """A question to a client; what they tried and kept or dropped, and when that ended."""

    client: str
    at_time: datetime
    answered: datetime | None = None
    changed: bool | None = None


@dataclass(frozen=True)
class TrialEnd:
    client: str
    at_time: datetime
    kept: bool


@dataclass(frozen=True)
class ComparisonRow:
    """Two versions side by side; who was drawn into which, when, and whether among the first."""

    id: str
    started: datetime
    planned: int = 100
    ended: datetime | None = None
    stopped: bool = False
    decided: datetime | None = None


@dataclass(frozen=True)
class DrawRow:
    comparison: str
    client: str
    candidate: bool
    at_time: datetime
    fence: bool = False


@dataclass(frozen=True)
class SessionRow:
    id: str
    client: str
    start: datetime
    end: datetime | None
    status: str
    reason: str | None = None
    turns: tuple[Turn, ...] = ()
    # Who broke each long silence.
    silences: tuple[str, ...] = ()
    # Calls that broke: the next one came after so many seconds; None: there was none.
    breaks: tuple[float | None, ...] | None = None
    rating: int | None = None
    nps: int | None = None
    check_in: tuple[int, int, int, int] | None = None
    evaluation: str | None = None
    before: int | None = None
    after: int | None = None
    pauses: tuple[PauseRow, ...] = ()
    steps: int = 0
    off_record: bool = False
    joins: tuple[JoinRow, ...] = ()
    approach: ApproachRow | None = None
    fits: int | None = None


@dataclass(frozen=True)
class Goal:
    id: str
    client: str
    weight: float


@dataclass(frozen=True)
class Review:
    goal: str
    score: int
    at_time: datetime


@dataclass(frozen=True)
class Action:
    id: str
    client: str
    status: str
    due: datetime | None
    done: datetime | None
    answered: datetime | None = None


@dataclass(frozen=True)
class Agreed:
    """An appointment; `moves` without its cancelling."""

    id: str
    client: str
    kind: str
    made: datetime
    begins: datetime
    status: str
    moves: int
    changed: datetime
    missed_by: str | None = None


@dataclass(frozen=True)
class Invitation:
    """A client's entry of the roster; `client` is None before they have signed in."""

    at_time: datetime
    client: str | None = None
    consented: datetime | None = None
    withdrawn: bool = False
    joined: datetime | None = None
    left: datetime | None = None


@dataclass(frozen=True)
class Community:
    sessions: tuple[SessionRow, ...] = ()
    goals: tuple[Goal, ...] = ()
    reviews: tuple[Review, ...] = ()
    actions: tuple[Action, ...] = ()
    appointments: tuple[Agreed, ...] = ()
    tiers: dict[str, str] = field(default_factory=dict)
    invitations: tuple[Invitation, ...] = ()
    asks: tuple[AskRow, ...] = ()
    trial_ends: tuple[TrialEnd, ...] = ()
    comparisons: tuple[ComparisonRow, ...] = ()
    draws: tuple[DrawRow, ...] = ()

    @property
    def clients(self) -> list[str]:
        rows = (
            self.sessions,
            self.goals,
            self.actions,
            self.appointments,
            self.asks,
            self.trial_ends,
        )
        here = {each.client for some in rows for each in some}
        return sorted(here | {each.client for each in self.invitations if each.client})


def write(store: Store, community: Community) -> None:
    """Replaces what the database holds by this community, in the order it is given, and makes the session facts."""
    with store.transaction() as transaction:
        for table in TABLES:
            transaction.execute(f"DELETE FROM {table}")
        _profiles(transaction, community)
        _invitations(transaction, community)
        _session_rows(transaction, community.sessions)
        _answers(transaction, community.sessions)
        _approaches(transaction, community)
        _comparisons(transaction, community)
        _goals(transaction, community)
        _appointments(transaction, community.appointments)
        write_facts(transaction, [session.id for session in community.sessions])


def _comparisons(transaction: Transaction, community: Community) -> None:
    _insert(
        transaction,
        "comparisons",
        "id text, label text, why text, standing text, candidate text, share float8, smallest float8, "
        "planned_sessions integer, state text, made_by text, made_at timestamp, started_at timestamp, "
        "ended_at timestamp, stopped_because text, decided_at timestamp",
        [
            (
                each.id, each.id, "why", "main", "next", 0.5, 0.25, each.planned, "draft", "a@example.com",
                each.started, each.started, each.ended, "harm" if each.stopped else None, each.decided,
            )
            for each in community.comparisons
        ],
    )  # fmt: skip
    _insert(
        transaction,
        "comparison_draws",
        "comparison_id text, client_id text, arm text, probability float8, fence boolean, drawn_at timestamp",
        [
            (
                each.comparison,
                each.client,
                "candidate" if each.candidate else "standing",
                0.5,
                each.fence,
                each.at_time,
            )
            for each in community.draws
        ],
    )


def _approaches(transaction: Transaction, community: Community) -> None:
    _insert(
        transaction,
        "session_questions",
        "session_id text, client_id text, question text, score smallint, asked_at timestamp",
        [(v.id, v.client, "approach_fits", v.fits, v.start) for v in community.sessions],
    )
    _insert(
        transaction,
        "session_approach",
        "session_id text, client_id text, tone text, pace text, opening text, lead text, asking_share float8, "
        "checked_back boolean, set_at timestamp",
        [(v.id, v.client, *astuple(v.approach), v.start) for v in community.sessions if v.approach is not None],
    )
    _insert(
        transaction,
        "approach_asks",
        "client_id text, occasion text, asked_at timestamp, answered_at timestamp, changed boolean",
        [(each.client, n, each.at_time, each.answered, each.changed) for n, each in enumerate(community.asks)],
    )
    _insert(
        transaction,
        "approach_choices",
        "id text, client_id text, field text, value text, source text, state text, made_at timestamp",
        [
            (n, each.client, "tone", "direct", "trial", "kept" if each.kept else "dropped", each.at_time)
            for n, each in enumerate(community.trial_ends)
        ],
    )


def write_facts(transaction: Transaction, session_ids: Sequence[str]) -> None:
    """Makes the facts of those of these sessions that have ended, as the app does."""
    number_clients_of(transaction, session_ids)
    put_facts(transaction, compute_facts(transaction, session_ids))


def _insert(transaction: Transaction, table: str, types: str, rows: Sequence[Sequence[Any]]) -> None:
    """`types` are the columns with their types: "id text, n integer"."""
    if rows:
        columns = [each.split() for each in types.split(", ")]
        values = ", ".join(f"CAST(unnest(${n}::text[]) AS {kind})" for n, (_, kind) in enumerate(columns, start=1))
        names = ", ".join(name for name, _ in columns)
        as_text = [[None if value is None else str(value) for value in column] for column in zip(*rows, strict=True)]
        transaction.execute(f"INSERT INTO {table} ({names}) SELECT {values}", as_text)


def _profiles(transaction: Transaction, community: Community) -> None:
    began = datetime(2026, 1, 1)
    _insert(transaction, "client_profiles", "id text, created_at timestamp", [(c, began) for c in community.clients])
    _insert(
        transaction,
        "members",
        "email text, display_name text, role text, status text, client_id text, tier text, source text, "
        "created_at timestamp, updated_at timestamp",
        [(f"{c}@x", c, "client", "active", c, tier, "manual", began, began) for c, tier in community.tiers.items()],
    )


def _invitations(transaction: Transaction, community: Community) -> None:
    _insert(
        transaction,
        "members",
        "email text, display_name text, role text, status text, client_id text, source text, created_at timestamp, "
        "updated_at timestamp, joined_at timestamp, left_at timestamp",
        [
            (
                *(f"invited-{n}@x", "x", "client", "removed" if each.left else "active", each.client, "manual"),
                *(each.at_time, each.at_time, each.joined, each.left),
            )
            for n, each in enumerate(community.invitations)
        ],
    )
    agreed = [each for each in community.invitations if each.client and each.consented]
    _insert(
        transaction,
        "consents",
        "client_id text, version text, given_at timestamp",
        [(each.client, "1", each.consented) for each in agreed if not each.withdrawn],
    )
    _insert(
        transaction,
        "withdrawn_consents",
        "client_id text, version text, given_at timestamp, withdrawn_at timestamp",
        [(each.client, "1", each.consented, each.consented) for each in agreed if each.withdrawn],
    )


def _session_rows(transaction: Transaction, sessions: Sequence[SessionRow]) -> None:
    _insert(
        transaction,
        "sessions",
        "id text, client_id text, start_time timestamp, end_time timestamp, status text, end_reason text, "
        "last_seen_at timestamp, off_record_at timestamp",
        [
            (v.id, v.client, v.start, v.end, v.status, v.reason, v.end or v.start, v.start if v.off_record else None)
            for v in sessions
        ],
    )
    _insert(
        transaction,
        "pauses",
        "session_id text, id text, cause text, started_at timestamp, ended_at timestamp",
        [
            (
                v.id,
                n,
                "interrupted" if pause.interrupted else "paused",
                v.start,
                v.start + timedelta(seconds=pause.seconds),
            )
            for v in sessions
            for n, pause in enumerate(v.pauses)
        ],
    )
    _joins(transaction, sessions)
    _insert(
        transaction,
        "written_steps",
        "session_id text, client_id text, stage text, words text, written_at timestamp",
        [(v.id, v.client, stage, "a step", v.start) for v in sessions for stage in list(Stage)[: v.steps]],
    )
    _insert(
        transaction,
        "conversations",
        "session_id text, seq integer, id text, message text, sender text, timestamp timestamp, context json",
        [
            (v.id, seq, f"{v.id}.{seq}", turn.text, turn.sender, v.start, _context(turn))
            for v in sessions
            for seq, turn in enumerate(v.turns, start=1)
        ],
    )
    _insert(
        transaction,
        "silences",
        "session_id text, id text, ended_at timestamp, seconds float8, broken_by text",
        [(v.id, f"p.{n}", v.start, 12.5, by) for v in sessions for n, by in enumerate(v.silences)],
    )
    _insert(
        transaction,
        "agent_conversations",
        "id text, session_id text, started_at timestamp, ended_at timestamp, end_reason text, agent_id text, "
        "record text, tries integer",
        [call for v in sessions if v.breaks is not None for call in _calls(v, v.breaks)],
    )


def _joins(transaction: Transaction, sessions: Sequence[SessionRow]) -> None:
    joins = [(f"{v.id}-{n}", v, join) for v in sessions for n, join in enumerate(v.joins)]
    _insert(
        transaction,
        "live_joins",
        "id text, session_id text, client_id text, coach_email text, reason text, status text, asked_at timestamp, "
        "answered_at timestamp, first_linked_at timestamp, ended_at timestamp, end_reason text",
        [
            (
                *(id, v.id, v.client, "coach@x", "why", "ended" if join.admitted else "declined", v.start, v.start),
                None if join.linked is None else v.start,
                v.start + timedelta(seconds=join.linked or 0),
                "coach",
            )
            for id, v, join in joins
        ],
    )
    _insert(
        transaction,
        "live_acts",
        "join_id text, n integer, id text, act text, acted_at timestamp",
        [(id, n, str(n), act, v.start) for id, v, join in joins for n, act in enumerate(join.acts, start=1)],
    )


# How a call ends that neither side ended: by the client library, by a dead line, by an agent that fell silent.
BROKEN = ("error", "line", "silent")


def _calls(session: SessionRow, breaks: Sequence[float | None]) -> Iterator[tuple[Any, ...]]:
    at = session.start
    for n, seconds in enumerate(breaks):
        broke = at + timedelta(seconds=10)
        yield f"{session.id}-{n}", session.id, at, broke, BROKEN[n % len(BROKEN)], "agent", "missing", 0
        if seconds is None:
            return
        at = broke + timedelta(seconds=seconds)
    yield f"{session.id}-last", session.id, at, at + timedelta(seconds=10), "user", "agent", "missing", 0


def _context(turn: Turn) -> str:
    known: dict[str, Any] = {"source": "live"}
    if turn.interrupted:
        known["interrupted"] = True
    return json.dumps(known | turn.heard)


def _answers(transaction: Transaction, sessions: Sequence[SessionRow]) -> None:
    _insert(
        transaction,
        "feedback",
        "session_id text, rating smallint, nps smallint, created_at timestamp",
        [(v.id, v.rating, v.nps, v.start) for v in sessions if v.rating is not None or v.nps is not None],
    )
    _insert(
        transaction,
        "check_ins",
        "session_id text, heard smallint, right_topics smallint, approach_fits smallint, overall smallint, "
        "created_at timestamp",
        [(v.id, *v.check_in, v.start) for v in sessions if v.check_in],
    )
    _insert(
        transaction,
        "evaluations",
        "session_id text, result text, created_at timestamp",
        [(v.id, v.evaluation, v.start) for v in sessions if v.evaluation],
    )
    _insert(
        transaction,
        "confidence",
        "session_id text, before_score smallint, after_score smallint, created_at timestamp",
        [(v.id, v.before, v.after, v.start) for v in sessions if v.before is not None or v.after is not None],
    )


def _goals(transaction: Transaction, community: Community) -> None:
    began = datetime(2026, 1, 1)
    _insert(
        transaction,
        "goals",
        "id text, client_id text, title text, weight float8, created_at timestamp",
        [(goal.id, goal.client, "a goal", goal.weight, began) for goal in community.goals],
    )
    _insert(
        transaction,
        "goal_checkins",
        "id text, goal_id text, score smallint, created_at timestamp",
        [(f"r{n}", each.goal, each.score, each.at_time) for n, each in enumerate(community.reviews)],
    )
    _insert(
        transaction,
        "actions",
        "id text, client_id text, title text, status text, due_at timestamp, done_at timestamp, "
        "answered_at timestamp, created_at timestamp",
        [
            (each.id, each.client, "an action", each.status, each.due, each.done, each.answered, began)
            for each in community.actions
        ],
    )


def _appointments(transaction: Transaction, appointments: Sequence[Agreed]) -> None:
    _insert(
        transaction,
        "appointments",
        "id text, client_id text, kind text, begins_at timestamp, ends_at timestamp, status text, sequence integer, "
        "made_by text, made_at timestamp, changed_at timestamp, missed_by text",
        [
            (
                *(each.id, each.client, each.kind, each.begins, each.begins + timedelta(minutes=30), each.status),
                *(each.moves + (each.status == "cancelled"), each.client, each.made, each.changed, each.missed_by),
            )
            for each in appointments
        ],
    )


def _join(written: str) -> JoinRow:
    linked, acts = written.removeprefix("!").split(":")
    seconds = None if linked == "-" else float(linked)
    return JoinRow(seconds, tuple(acts.split(";")) if acts else (), admitted=not written.startswith("!"))


def golden() -> Community:
    """The community of tests/golden, whose numbers are worked out by hand.

    `client_words` and `agent_words` hold one number of words a turn, `!` marks an interrupted one; `latencies` holds
    one number of milliseconds an agent's turn, `-` where none was measured. `paused` holds one number of seconds a
    pause, `!` marks one that the phone began; `steps` is how many steps were written. `joins` holds for each human
    coach how many seconds the line stood, `-` where it never did, and what they did; `!` marks one not let in. In
    approaches, a tone of `-` is of a session without a briefing.
    """
    answers = {
        name: {row["session"]: row for row in _read(name)} for name in ("feedback", "check_ins", "evaluations")
    }
    confidence = {row["session"]: row for row in _read("confidence")}
    approaches = {row["session"]: row for row in _read("approaches")}
    sessions = []
    for row in _read("sessions"):
        session = SessionRow(
            row["id"],
            row["client"],
            datetime.fromisoformat(row["start"]),
            _moment(row["end"]),
            row["status"],
            row["end_reason"] or None,
            _turns(row),
        )
        feedback, check_in = answers["feedback"].get(session.id, {}), answers["check_ins"].get(session.id)
        felt = confidence.get(session.id, {})
        sessions.append(
            replace(
                session,
                rating=_number(feedback.get("rating")),
                nps=_number(feedback.get("nps")),
                check_in=tuple(int(value) for name, value in check_in.items() if name != "session")
                if check_in
                else None,
                evaluation=answers["evaluations"].get(session.id, {}).get("result"),
                pauses=tuple(PauseRow(float(one.rstrip("!")), one.endswith("!")) for one in row["paused"].split()),
                steps=int(row["steps"] or 0),
                joins=tuple(map(_join, row["joins"].split())),
                before=_number(felt.get("before")),
                after=_number(felt.get("after")),
                approach=_approach(approaches.get(session.id)),
                fits=_number(approaches.get(session.id, {}).get("fits")),
            )
        )
    return Community(
        sessions=tuple(sessions),
        goals=tuple(Goal(row["id"], row["client"], float(row["weight"])) for row in _read("goals")),
        reviews=tuple(
            Review(row["goal"], int(row["score"]), datetime.fromisoformat(row["at"]))
            for row in _read("goal_checkins")
        ),
        actions=tuple(
            Action(
                *(row["id"], row["client"], row["status"]),
                *(_moment(row["due"]), _moment(row["done"]), _moment(row["answered"])),
            )
            for row in _read("actions")
        ),
        appointments=tuple(
            Agreed(
                *(row["id"], row["client"], row["kind"]),
                *(datetime.fromisoformat(row["made"]), datetime.fromisoformat(row["begins"]), row["status"]),
                int(row["sequence"]) - (row["status"] == "cancelled"),
                datetime.fromisoformat(row["changed"]),
                row["missed_by"] or None,
            )
            for row in _read("appointments")
        ),
        invitations=tuple(
            Invitation(
                datetime.fromisoformat(row["at"]),
                row["client"] or None,
                _moment(row["consented"]),
                joined=_moment(row["joined"]),
                left=_moment(row["left"]),
            )
            for row in _read("invitations")
        ),
        asks=tuple(
            AskRow(
                row["client"],
                datetime.fromisoformat(row["at"]),
                _moment(row["answered"]),
                {"true": True, "false": False}.get(row["changed"]),
            )
            for row in _read("approach_asks")
        ),
        comparisons=tuple(
            ComparisonRow(
                row["title"],
                datetime.fromisoformat(row["started"]),
                int(row["planned"]),
                _moment(row["ended"]),
                row["stopped"] == "true",
                _moment(row["decided"]),
            )
            for row in _read("comparisons")
        ),
        draws=tuple(
            DrawRow(
                row["comparison"],
                row["client"],
                row["version"] == "candidate",
                datetime.fromisoformat(row["at"]),
                row["fence"] == "true",
            )
            for row in _read("comparison_draws")
        ),
        trial_ends=tuple(
            TrialEnd(row["client"], datetime.fromisoformat(row["at"]), row["kept"] == "true")
            for row in _read("trial_ends")
        ),
    )


def _approach(row: dict[str, str] | None) -> ApproachRow | None:
    if row is None or row["tone"] == "-":
        return None
    return ApproachRow(*(row[name] or None for name in ("tone", "pace", "opening", "lead")))


def _read(name: str) -> list[dict[str, str]]:
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _turns(row: dict[str, str]) -> tuple[Turn, ...]:
    client = [Turn("client", _words(int(words))) for words in row["client_words"].split()]
    agent = []
    for words, latency in zip(row["agent_words"].split(), row["latencies"].split(), strict=True):
        count = int(words.rstrip("!"))
        agent.append(Turn("agent", _words(count), words.endswith("!"), None if latency == "-" else int(latency)))
    return (*client, *agent)


def _words(count: int) -> str:
    return " ".join(["word"] * count)
