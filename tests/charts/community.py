"""A community of about forty clients, made with plain rows: enough for every chart, small enough for every test."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, ClassVar

from coachroom.app.container import Services
from tests.services import writer_of

NOW = datetime(2026, 5, 1, 12)
CARLA = "carla.mendes@example.com"
OTHER = "otto.lind@example.com"
TIERS = ("Premium", "Standard", "Guest")
CLIENTS = 42
WEEKS = 16


def names() -> list[str]:
    """Names that stand nowhere else, so that a page can be searched for them."""
    return [f"Zz{number:02d} Quill" for number in range(CLIENTS)]


def add_community(services: Services, clients: int = CLIENTS, seed: int = 7) -> None:
    """Members, sessions, ratings, goals and the rest up to NOW. The first 30 clients are Carla's, then Otto's."""
    chance = random.Random(seed)
    rows = _Rows()
    rows.add("members", OTHER, "Otto Lind", "coach", "active", None, None, None, None, NOW, None, "manual", NOW, NOW)
    for number, name in enumerate(names()[:clients]):
        _client(rows, chance, number, name)
        _draw(rows, number)

    def work(transaction: Any) -> None:
        for table, values in rows.tables.items():
            marks = ", ".join(f"${place + 1}" for place in range(len(values[0])))
            for row in values:
                transaction.execute(f"INSERT INTO {table} ({rows.columns[table]}) VALUES ({marks})", list(row))

    writer_of(services).submit(work).result()


class _Rows:
    columns: ClassVar[dict[str, str]] = {
        "members": "email, display_name, role, status, client_id, coach_email, skool_member_id, tier, joined_at, "
        "answers, source, created_at, updated_at",
        "client_profiles": "id, display_name, created_at",
        "sessions": "id, client_id, start_time, end_time, status, end_reason, last_seen_at",
        "client_numbers": "client_id, client_no",
        "session_facts": "session_id, client_id, client_no, agent_id, start_time, end_time, status, end_reason, "
        "duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, felt_ms, "
        "transcript_ms, answer_ms, sounded_turns, cut_ins, silences_by_client, "
        "pauses, interruptions, paused_seconds, written_steps",
        "feedback": "session_id, rating, nps, created_at",
        "check_ins": "session_id, heard, right_topics, approach_fits, overall, created_at",
        "session_questions": "session_id, client_id, question, score, asked_at",
        "session_approach": "session_id, client_id, tone, pace, opening, lead, asking_share, checked_back, set_at",
        "approach_asks": "client_id, occasion, session_id, asked_at, answered_at, changed",
        "approach_choices": "id, client_id, field, value, source, session_id, state, made_at",
        "comparisons": "id, label, why, standing, candidate, share, smallest, planned_sessions, state, made_by, "
        "made_at, started_at, ended_at",
        "comparison_draws": "comparison_id, client_id, arm, probability, fence, drawn_at",
        "evaluations": "session_id, result, created_at",
        "confidence": "session_id, before_score, after_score, created_at",
        "goals": "id, client_id, title, weight, created_at",
        "goal_checkins": "id, goal_id, score, created_at",
        "actions": "id, client_id, title, status, due_at, done_at, created_at",
        "appointments": "id, client_id, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at, "
        "missed_by",
    }

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple]] = {}

    def add(self, table: str, *values: Any) -> None:
        self.tables.setdefault(table, []).append(values)


def _client(rows: _Rows, chance: random.Random, number: int, name: str) -> None:
    client, coach = f"client-{number:02d}", CARLA if number < 30 else OTHER
    joined = NOW - timedelta(days=chance.uniform(3, 7 * WEEKS))
    tier = TIERS[0 if number < 26 else 1 if number < 40 else 2]
    email = f"quill{number:02d}@members.example"
    rows.add(
        "members",
        email,
        name,
        "client",
        "active",
        client,
        coach,
        f"sk-{number}",
        tier,
        joined,
        None,
        "skool",
        joined,
        joined,
    )
    rows.add("client_profiles", client, name, joined)
    rows.add("client_numbers", client, number + 1)
    goal = f"goal-{number:02d}"
    rows.add("goals", goal, client, "Speak up in meetings", chance.choice([1.0, 2.0, 3.0]), joined)
    at, turn = joined, 0
    while at < NOW and turn < 14:
        _session(rows, chance, client, f"{client}-{turn:02d}", at)
        if turn % 2 == 0:
            score = min(2, max(-2, round(chance.gauss(-1 + turn / 5, 0.8))))
            rows.add("goal_checkins", f"check-{number:02d}-{turn:02d}", goal, score, at)
        _action(rows, chance, client, f"action-{number:02d}-{turn:02d}", at)
        if turn % 3 == 0:
            _appointment(rows, client, f"appointment-{number:02d}-{turn:02d}", at)
        turn += 1
        at += timedelta(days=chance.choice([2, 5, 7, 7, 9, 15, 40]), hours=chance.uniform(-5, 5))


def _session(rows: _Rows, chance: random.Random, client: str, session: str, at: datetime) -> None:
    status = chance.choices(["completed", "abandoned", "failed"], [80, 14, 6])[0]
    reason = {"completed": "client", "abandoned": "left", "failed": "agent_unreachable"}[status]
    length = 20 if status == "failed" else chance.lognormvariate(6.7, 0.5)
    end = min(at + timedelta(seconds=length), NOW)
    said = 0 if status == "failed" else chance.randint(4, 30)
    waits = [int(chance.lognormvariate(7.2, 0.4)) for _ in range(said)] or None
    rows.add("sessions", session, client, at, end, status, reason, end)
    rows.add(
        "session_facts", session, client, int(client[-2:]) + 1, "agent-1", at, end, status, reason,
        (end - at).total_seconds(), said, said, said * chance.randint(12, 30), said * chance.randint(8, 22),
        min(said, chance.randint(0, 3)), waits, waits and [ms // 2 for ms in waits],
        waits and [ms - ms // 2 for ms in waits], said or None, said // 10 if said else None, said // 8 or None,
        *_breaks(session, said),
    )  # fmt: skip
    if status == "completed" and chance.random() < 0.6:
        rows.add(
            "feedback", session, chance.choice([2, 3, 4, 4, 5, 5, 5]), chance.choice([3, 6, 7, 8, 9, 9, 10]), end
        )
        rows.add("check_ins", session, *(chance.randint(6, 10) for _ in range(4)), end)
        rows.add("confidence", session, chance.randint(2, 6), chance.randint(4, 9), end)
    if status != "failed":
        _approach(rows, client, session, end)
        rows.add("evaluations", session, chance.choices(["success", "failure", "unknown"], [7, 2, 1])[0], end)


def _draw(rows: _Rows, number: int) -> None:
    """Every client is drawn into one of two versions, in turn; the comparison has ended."""
    began = NOW - timedelta(weeks=WEEKS)
    if number == 0:
        rows.add(
            "comparisons", "comparison", "Shorter turns", "why", "main", "next", 0.5, 0.35, 100, "finished",
            "amira@example.com", began, began, NOW - timedelta(days=1),
        )  # fmt: skip
    arm = "candidate" if number % 2 else "standing"
    rows.add("comparison_draws", "comparison", f"client-{number:02d}", arm, 0.5, False, began)


def _approach(rows: _Rows, client: str, session: str, end: datetime) -> None:
    """Every other client has wishes, and is asked after each third session; drawn by nothing but the numbers."""
    number, turn = int(client[-2:]), int(session[-2:])
    wishes = ("gentle", "short", "check_back", "client") if number % 2 else (None,) * 4
    rows.add("session_questions", session, client, "approach_fits", (4 + (number + turn) % 7), end)
    rows.add("session_approach", session, client, *wishes, (number + turn) % 5 / 4, (number + turn) % 3 > 0, end)
    if turn % 3 == 0:
        answered = end if number % 4 else None
        rows.add("approach_asks", client, session, session, end, answered, answered and number % 3 == 0)
        state = "kept" if number % 3 else "dropped"
        rows.add("approach_choices", f"choice-{session}", client, "tone", "gentle", "trial", session, state, end)


def _breaks(session: str, said: int) -> tuple[int, int, float, int]:
    """Pauses, those by the phone, seconds paused, and steps written: a third pauses, who says nothing may write."""
    number = int(session[-2:])
    if said == 0:
        return (0, 0, 0.0, (0, 1, 4)[number % 3])
    return (1, number % 2, 60.0 * number, 0) if number % 3 == 0 else (0, 0, 0.0, 0)


def _appointment(rows: _Rows, client: str, appointment: str, at: datetime) -> None:
    """Made two hours after a session, for a week later; what became of it goes by the client and the session."""
    begins, made = at + timedelta(days=7), at + timedelta(hours=2)
    ways = (("kept", None), ("kept", None), ("missed", "client"), ("missed", "coach"), ("cancelled", None))
    status, missed_by = ways[int(appointment[-2:]) % 5] if begins < NOW else ("booked", None)
    times = (begins, begins + timedelta(minutes=30))
    rows.add("appointments", appointment, client, "both", *times, status, 1, client, made, made, missed_by)


def _action(rows: _Rows, chance: random.Random, client: str, action: str, at: datetime) -> None:
    due = at + timedelta(days=7)
    if due >= NOW:
        return
    status = chance.choices(["done", "open", "dropped"], [7, 2, 1])[0]
    done = due + timedelta(days=chance.uniform(-5, 2)) if status == "done" else None
    rows.add("actions", action, client, "Ask one question", status, due, done, at)
