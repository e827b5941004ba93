"""The provider's record of one call as we store it, and how two records of a call are joined.

A call's record arrives by webhook or is fetched, early or late, once or several times. `joined` takes the fuller part
of both, so that the result does not depend on the order of arrival.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from coachroom.clock import from_iso
from coachroom.errors import CoachroomError
from coachroom.rooms.states import Sender
from coachroom.text import cut, storable

SETTLED = frozenset({"done", "failed"})
SENDERS = {"user": Sender.CLIENT, "agent": Sender.AGENT}
RESULTS = frozenset({"success", "failure", "unknown"})
MAX_TURNS = 5_000
MAX_RESULTS = 100
MAX_ANSWER_CHARS = 20_000
MAX_NAME_CHARS = 200
MAX_CALL_SECONDS = 7 * 24 * 3600


class CallRecordError(CoachroomError):
    """The document is no record of a conversation."""


@dataclass(frozen=True)
class CallTurn:
    """One line of the provider's transcript; `seconds` (whole ones) count from the call's start.

    `original`: what an interrupted answer was to say; `message` is what was spoken of it, with dots at its end. Where
    nothing was spoken, it is empty or dots alone.
    """

    sender: Sender
    message: str
    seconds: float
    interrupted: bool
    original: str = ""


@dataclass(frozen=True)
class CriterionResult:
    """A criterion's result: success, failure or unknown, and why."""

    result: str
    rationale: str | None


@dataclass(frozen=True)
class Analysis:
    """The provider's analysis of a finished conversation. `collected` and `criteria` are by their ids."""

    summary: str = ""
    successful: str = "unknown"
    collected: Mapping[str, str | float] = field(default_factory=dict)
    criteria: Mapping[str, CriterionResult] = field(default_factory=dict)


@dataclass(frozen=True)
class CallRecord:
    """The provider's record of one call with our client `user_id`. `settled`: it is complete.

    `session_id`: our session, where the call's variables name it (as `visit`); `agent_id`: the provider's agent,
    in the version `version_id` on the branch `branch_id`, where it has versions;
    `struck`: the client has forgotten a part of what the analysis found, so the analysis is not stored.
    """

    conversation_id: str
    started_at: datetime
    settled: bool
    turns: tuple[CallTurn, ...]
    user_id: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    analysis: Analysis | None = None
    struck: bool = False
    version_id: str | None = None
    branch_id: str | None = None

    @property
    def ended_at(self) -> datetime:
        """When the last turn began."""
        return self.started_at + timedelta(seconds=max((turn.seconds for turn in self.turns), default=0))

    def cut(self, max_turn_chars: int) -> CallRecord:
        """This record with each turn cut to so many characters."""
        turns = tuple(replace(turn, message=cut(turn.message, max_turn_chars)) for turn in self.turns)
        return replace(self, turns=turns)

    def joined(self, other: CallRecord) -> CallRecord:
        """This record joined with another one of the same call, the same whichever comes first."""
        struck = self.struck or other.struck
        return CallRecord(
            conversation_id=self.conversation_id,
            started_at=max(self.started_at, other.started_at),
            settled=self.settled or other.settled,
            turns=max(self.turns, other.turns, key=_knowledge_in_turns),
            user_id=_either(self.user_id, other.user_id),
            session_id=_either(self.session_id, other.session_id),
            agent_id=_either(self.agent_id, other.agent_id),
            analysis=None if struck else max(self.analysis, other.analysis, key=_knowledge_in_analysis),
            struck=struck,
            version_id=_either(self.version_id, other.version_id),
            branch_id=_either(self.branch_id, other.branch_id),
        )

    def to_json(self) -> str:
        """All but the analysis. Canonical: the same record gives the same text."""
        return _canonical(
            {
                "conversation_id": self.conversation_id,
                "started_at": self.started_at.isoformat(),
                "settled": self.settled,
                "turns": _turns_document(self.turns),
                "user_id": self.user_id,
                "visit": self.session_id,
                "agent_id": self.agent_id,
                "version": [self.version_id, self.branch_id],
            }
        )

    def analysis_json(self) -> str | None:
        """The analysis as `to_json` would write it; None without one."""
        return None if self.analysis is None else _canonical(_analysis_document(self.analysis))


def from_json(text: str, analysis_text: str | None, *, struck: bool) -> CallRecord:
    """The record that `to_json` and `analysis_json` wrote."""
    document = json.loads(text)
    analysis = analysis_text and json.loads(analysis_text)
    # Records of before 2026-12 name no version.
    version_id, branch_id = document.get("version", (None, None))
    return CallRecord(
        conversation_id=document["conversation_id"],
        started_at=from_iso(document["started_at"]),
        settled=document["settled"],
        turns=tuple(CallTurn(Sender(turn[0]), *turn[1:]) for turn in document["turns"]),
        user_id=document["user_id"],
        session_id=document["visit"],
        agent_id=document["agent_id"],
        struck=struck,
        version_id=version_id,
        branch_id=branch_id,
        analysis=None
        if not analysis
        else Analysis(
            analysis["summary"],
            analysis["successful"],
            analysis["collected"],
            {name: CriterionResult(*each) for name, each in analysis["criteria"].items()},
        ),
    )


def read_record(document: object) -> CallRecord:
    """The record in the provider's own document, fetched or from a webhook's `data`. Raises CallRecordError."""
    try:
        return _read(_mapping(document))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, OSError) as error:
        raise CallRecordError(f"This is no record of a conversation ({type(error).__name__}).") from error


def _read(document: Mapping[str, Any]) -> CallRecord:
    seconds = _mapping(document["metadata"])["start_time_unix_secs"]
    turns = tuple(
        _turn(turn)
        for turn in map(_mapping, _list(document["transcript"])[:MAX_TURNS])
        if (turn.get("message") or _original(turn)) and turn.get("role") in SENDERS
    )
    conversation_id = _name(document["conversation_id"])
    if conversation_id is None:
        raise ValueError("conversation_id")
    initiation = document.get("conversation_initiation_client_data") or {}
    variables = initiation.get("dynamic_variables") if isinstance(initiation, Mapping) else None
    return CallRecord(
        conversation_id=conversation_id,
        started_at=datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None),
        settled=document["status"] in SETTLED and not _lacks_turns(document, turns),
        turns=turns,
        user_id=_name(document.get("user_id")),
        session_id=_name(variables.get("visit")) if isinstance(variables, Mapping) else None,
        agent_id=_name(document.get("agent_id")),
        version_id=_name(document.get("version_id")),
        branch_id=_name(document.get("branch_id")),
        analysis=_analysis(document.get("analysis")),
    )


def _turn(turn: Mapping[str, Any]) -> CallTurn:
    seconds = min(max(0.0, float(turn["time_in_call_secs"])), MAX_CALL_SECONDS)
    message = storable(turn.get("message") or "")
    return CallTurn(SENDERS[turn["role"]], message, seconds, bool(turn.get("interrupted")), _original(turn))


def _original(turn: Mapping[str, Any]) -> str:
    """What an interrupted answer was to say."""
    original = turn.get("original_message")
    interrupted = turn.get("role") == "agent" and turn.get("interrupted")
    return storable(original) if interrupted and isinstance(original, str) else ""


def _lacks_turns(document: Mapping[str, Any], turns: tuple[CallTurn, ...]) -> bool:
    """Whether the record counts more messages than it holds."""
    for name, sender in (("user_message_count", Sender.CLIENT), ("agent_message_count", Sender.AGENT)):
        stated = document.get(name)
        if (
            isinstance(stated, int)
            and len(turns) < MAX_TURNS
            and stated > sum(t.sender is sender and bool(t.message) for t in turns)
        ):
            return True
    return False


def _analysis(document: object) -> Analysis | None:
    """The valid part of an analysis: unknown ids stay, values of a wrong type are dropped."""
    if not isinstance(document, Mapping):
        return None
    return Analysis(
        summary=_answer(document.get("transcript_summary")) or "",
        successful=_result(document.get("call_successful")),
        collected={
            name: value
            for name, each in _results(document, "data_collection_results")
            if (value := _value(each.get("value"))) is not None
        },
        criteria={
            name: CriterionResult(_result(each.get("result")), _answer(each.get("rationale")))
            for name, each in _results(document, "evaluation_criteria_results")
        },
    )


def _results(document: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    found = document.get(name)
    if not isinstance(found, Mapping):
        return []
    named = ((_name(each), value) for each, value in list(found.items())[:MAX_RESULTS])
    return [(each, value) for each, value in named if each is not None and isinstance(value, Mapping)]


def _value(value: object) -> str | float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value if abs(value) < 1 << 31 else None
    return _answer(value)


def _result(value: object) -> str:
    return value if isinstance(value, str) and value in RESULTS else "unknown"


def _answer(value: object) -> str | None:
    return storable(value)[:MAX_ANSWER_CHARS] if isinstance(value, str) and value.strip() else None


def _name(value: object) -> str | None:
    return storable(value) if isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS else None


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return value


def _either(one: str | None, other: str | None) -> str | None:
    return max(one or "", other or "") or None


def _knowledge_in_turns(turns: tuple[CallTurn, ...]) -> tuple[int, str]:
    return sum(bool(turn.message) for turn in turns), _canonical(_turns_document(turns))


def _knowledge_in_analysis(analysis: Analysis | None) -> tuple[int, str]:
    if analysis is None:
        return -1, ""
    known = len(analysis.collected) + len(analysis.criteria) + bool(analysis.summary)
    return known, _canonical(_analysis_document(analysis))


def _turns_document(turns: tuple[CallTurn, ...]) -> list[list[Any]]:
    return [
        [turn.sender.value, turn.message, turn.seconds, turn.interrupted, *([turn.original] if turn.original else [])]
        for turn in turns
    ]


def _analysis_document(analysis: Analysis | None) -> dict[str, Any] | None:
    if analysis is None:
        return None
    return {
        "summary": analysis.summary,
        "successful": analysis.successful,
        "collected": dict(analysis.collected),
        "criteria": {name: [each.result, each.rationale] for name, each in analysis.criteria.items()},
    }


def _canonical(document: object) -> str:
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
