"""What a hook of Zapier's or of another program says of one member, read as an export's row is. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from coachroom.errors import CoachroomError, ImportFileError
from coachroom.people.skool_export import MAX_COLUMNS, ExportRow, RejectedRow, plain_heading, read_record, shown
from coachroom.text import storable

FORM = "application/x-www-form-urlencoded"


class MemberEventError(CoachroomError):
    """What came is no event of a member; nothing was changed."""


class MemberEventKind(StrEnum):
    PAID = "member.paid"
    ANSWERED = "member.answered"
    CANCELLED = "member.cancelled"


# As they are written in Zapier, without case, accents and punctuation.
_KINDS = {
    MemberEventKind.PAID: ("memberpaid", "paid", "newpaidmember", "newmember", "joined", "memberjoined"),
    MemberEventKind.ANSWERED: ("memberanswered", "answered", "answeredquestions", "membershipquestionsanswered"),
    MemberEventKind.CANCELLED: ("membercancelled", "membercanceled", "cancelled", "canceled", "memberremoved"),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
_EVENT, _EVENT_IDS = "event", ("eventid", "webhookid")
# An id of whatever it may be, which is no member ID on Skool.
_NOT_OURS = frozenset({"id", "transactionid", _EVENT, *_EVENT_IDS})
_ANSWER_LISTS = frozenset({"answers", "questions", "membershipquestions", "questionsandanswers"})


@dataclass(frozen=True)
class MemberEvent:
    """One thing that happened to one member. `id`: what the sender calls it, if it does.

    `content` is the same for the same event sent again.
    """

    kind: MemberEventKind
    row: ExportRow
    id: str | None
    content: str


def read_member_event(body: bytes, content_type: str, *, kind: str | None) -> MemberEvent:
    """The event in a body of JSON or of a form; `kind` as the address names it. Raises MemberEventError."""
    fields = _form(body) if content_type.partition(";")[0].strip().lower() == FORM else _json(body)
    if len(fields) > MAX_COLUMNS:
        raise MemberEventError(f"This event has more than {MAX_COLUMNS} fields: send those of one member.")
    named = {plain_heading(name): value for name, value in fields.items()}
    try:
        row = read_record({name: value for name, value in fields.items() if plain_heading(name) not in _NOT_OURS})
    except ImportFileError:
        raise MemberEventError("This event has no e-mail address, or several: send one field named email.") from None
    if isinstance(row, RejectedRow):
        raise MemberEventError(f"This event cannot be taken: {row.reason}.")
    found = _kind(kind or named.get(_EVENT) or "", row)
    id = next((named[name] for name in _EVENT_IDS if named.get(name)), None)
    return MemberEvent(found, row, id, json.dumps([found, sorted(fields.items())]))


def _kind(name: str, row: ExportRow) -> MemberEventKind:
    """Which event it is; without a name, what Skool's two triggers bring tells them apart."""
    if not name.strip():
        return MemberEventKind.ANSWERED if row.answers else MemberEventKind.PAID
    kind = _KIND_OF.get(plain_heading(name))
    if kind is None:
        raise MemberEventError(f"There is no event {shown(name)}: send {', '.join(MemberEventKind)}.")
    return kind


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=2 * MAX_COLUMNS)
    except ValueError:
        raise MemberEventError(f"This form has more than {MAX_COLUMNS} fields: send those of one member.") from None
    return {storable(name): storable(value) for name, value in pairs}


def _json(body: bytes) -> dict[str, str]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise MemberEventError("This event is neither a form nor one JSON object: send the fields of one member.")
    return dict(_flat(document))


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that hold one value, and answers from lists of questions and answers; others say nothing to us."""
    for name, value in document.items():
        if isinstance(value, list) and plain_heading(name) in _ANSWER_LISTS:
            yield from _answers(value[:99])
        elif (text := _text(value)) is not None:
            yield storable(name), text


def _answers(given: list[Any]) -> Iterator[tuple[str, str]]:
    for number, each in enumerate(given, start=1):
        if isinstance(each, Mapping):
            for part in ("question", "answer"):
                if (text := _text(each.get(part))) is not None:
                    yield f"{part}{number}", text


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value) if isinstance(value, int) or math.isfinite(value) else None
