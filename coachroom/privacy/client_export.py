"""Everything that is kept of one client, as a ZIP to take away: all rows as JSON, what was said as a page to read."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from coachroom.clock import to_iso
from coachroom.privacy.client_data import ClientIds, rows_of
from coachroom.rooms.states import Sender
from coachroom.store.store import Store, Transaction

# What each table is for, in a client's words.
PURPOSES: Mapping[str, str] = {
    "members": "that you are a member of the community, and who coaches you",
    "client_profiles": "your name, your time zone and what you said about yourself",
    "identities": "the account that you sign in with",
    "sign_ins": "in which browsers you are signed in",
    "roster_changes": "what an import of members changed about your membership, so that it can be undone for a day",
    "audit_log": "what was changed about your membership, and by whom",
    "outbox": "mails to you, and reports to the community's own systems that name you by a number",
    "device_notices": "that you want to be told of new devices",
    "devices": "the browsers that you used your room in since then, as numbers that say nothing else of them",
    "unsubscribed": "which mails you do not want",
    "push_subscriptions": "the browsers in which you wanted notifications",
    "reminder_choices": "of what you are reminded, and how",
    "come_back_days": "the day on which you wanted to be reminded to come back",
    "given_reminders": "what you were reminded of, and when",
    "planning_hints_put_away": "that you put away the line about planning on your home page",
    "consents": "which notice you agreed to, and when",
    "withdrawn_consents": "which agreement you took back",
    "rooms": "your private rooms",
    "sessions": "when your sessions were and how they ended",
    "pauses": "when you paused a session",
    "written_steps": "what you wrote in sessions without the coach's voice",
    "feedback": "your stars and comments",
    "check_ins": "your answers after sessions",
    "safety_reports": "that you reported a session as not safe, and your words",
    "coach_safety_reports": "that your human coach reported a session of yours as not safe, and their words",
    "session_questions": "what you were asked after sessions",
    "goals": "your goals",
    "goal_levels": "what their levels mean to you",
    "goal_checkins": "how far you came",
    "actions": "your next steps",
    "step_answers": "what you answered when you were asked about a due next step",
    "memories": "what the coach remembers, and fingerprints of what you made it forget",
    "proposals": "what the coach heard and asked you to confirm",
    "coach_questions": "questions that your human coach proposed for your sessions, and what you answered",
    "coaching_preferences": "how you like to be coached",
    "approach_choices": "what you chose, tried, kept or dropped of how the coach works, and when",
    "approach_asks": "when you were asked about how the coach works, and whether you answered",
    "session_approach": "how the coach was asked to work in a session",
    "session_choices": "titles that you gave to sessions, and what you share",
    "session_stages": "how far the coach's conversation went",
    "conversations": "what was said",
    "agent_conversations": "the calls with the AI coach, and the names that its provider gives them",
    "provider_records": "what the provider of the AI coach recorded of your calls",
    "silences": "when nobody spoke for ten seconds or more, and who spoke then",
    "refused_calls": "calls that could not begin",
    "evaluations": "whether a session reached what it was for",
    "confidence": "how confident you said you were, before and after",
    "talk_reminders": "when the coach was reminded to let you talk",
    "briefings": "what the coach was told before a session",
    "session_lookups": "what the AI coach looked up of what you said before",
    "call_grants": "how many minutes of your budget you used",
    "signed_addresses": "how often an address for a call was handed out to you on a day",
    "session_facts": "lengths and counts of a session, from which the community's numbers are made",
    "client_numbers": "the number that stands for you in those",
    "facts_due": "that a session's counts are to be made",
    "handoffs": "sessions that you handed to your human coach, and what of them",
    "coach_messages": "what your human coach wrote to you",
    "coach_notes": "that your human coach made a note about you for themself; ask them for its words",
    "live_joins": "when a human coach asked to join a session, why, and what you answered",
    "live_acts": "what that coach did in the session, and the hints that they gave the AI coach",
    "live_choices": "whether human coaches may ask to join your sessions",
    "appointments": "your appointments: with whom, when, and what became of them",
    "booked_cells": "the times that your booked appointments take, in pieces of five minutes",
    "calendar_feeds": "that your calendar program may read your appointments",
    "coach_calendars": "when clients could meet you, if you were a human coach",
    "coach_hours": "the hours of your week, if you were a human coach",
    "coach_days": "the days on which other hours counted, if you were a human coach",
    "offered_times": "times that the AI coach offered you for a next session",
    "busy_calendars": "that another calendar of yours said when you were busy, if you were a human coach",
    "busy_times": "when you were busy by that calendar",
    "comparison_draws": "which of two versions of the AI coach you were drawn into, how likely that was, and when",
    "comparison_refusals": "that you do not want to take part in comparisons of versions",
    "saved_views": "views of numbers that you saved",
}

# What is somebody else's word about the client, for themself, or a secret: the columns of it that stay here.
WITHHELD: Mapping[str, frozenset[str]] = {
    "coach_notes": frozenset({"words"}),
    "busy_calendars": frozenset({"address"}),
    # Mails to others, such as administrators.
    "outbox": frozenset({"key", "recipient"}),
}

SPEAKERS = {Sender.CLIENT: "You", Sender.AGENT: "AI coach", Sender.COACH: "Human coach", Sender.SYSTEM: "coachroom"}


@dataclass(frozen=True)
class Circumstances:
    """What a client may ask beside their rows: who works with the data, and for how long, in sentences."""

    processors: str
    retention: str


def write_export(source: Store | Transaction, ids: ClientIds, circumstances: Circumstances, now: datetime) -> bytes:
    """The ZIP: `about.html`, `transcripts.html` and `data/<table>.json` for each table that holds something."""
    tables = {table: [_shown(table, row) for row in rows] for table, rows in rows_of(source, ids) if rows}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.html", _about(tables, circumstances, now))
        archive.writestr("transcripts.html", _transcripts(tables))
        for table, rows in tables.items():
            archive.writestr(f"data/{table}.json", json.dumps(rows, ensure_ascii=False, indent=1))
    return packed.getvalue()


def _shown(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in WITHHELD.get(table, ())}


def _about(tables: Mapping[str, Sequence[Any]], circumstances: Circumstances, now: datetime) -> str:
    lines = [
        f"<p>Everything that coachroom keeps of you, as of {html.escape(to_iso(now))}.</p>",
        "<p><a href='transcripts.html'>What was said</a>, to read. The folder <code>data</code> holds every row of "
        "every table, for programs.</p>",
        "<table><tr><th>File</th><th>Rows</th><th>What it is for</th></tr>",
        *(
            f"<tr><td>data/{table}.json</td><td>{len(rows)}</td><td>{html.escape(PURPOSES[table])}</td></tr>"
            for table, rows in tables.items()
        ),
        "</table>",
        f"<h2>Who works with it</h2><p>{html.escape(circumstances.processors)}</p>",
        f"<h2>How long</h2><p>{html.escape(circumstances.retention)}</p>",
    ]
    return _page("Your data", lines)


def _transcripts(tables: Mapping[str, Sequence[Any]]) -> str:
    turns = {
        session: list(each)
        for session, each in groupby(tables.get("conversations", ()), key=lambda turn: turn["session_id"])
    }
    lines: list[str] = []
    for session in sorted(tables.get("sessions", ()), key=lambda session: session["start_time"]):
        lines.append(f"<h2>{html.escape(str(session['start_time']))} UTC</h2>")
        said = sorted(turns.get(session["id"], ()), key=lambda turn: turn["seq"])
        lines += [_said(turn) for turn in said] or ["<p>Nothing was said.</p>"]
    if "memories" in tables:
        lines.append("<h2>What the coach remembers</h2>")
        lines += [f"<p>{html.escape(each['text'])}</p>" for each in tables["memories"] if each["text"]]
    return _page("What was said", lines or ["<p>There is no session yet.</p>"])


def _said(turn: Mapping[str, Any]) -> str:
    return f"<p><b>{SPEAKERS[turn['sender']]}:</b> {html.escape(turn['message'])}</p>"


def _page(title: str, lines: Iterable[str]) -> str:
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
    return "\n".join([head, f"<body><h1>{title}</h1>", *lines, "</body></html>"])
