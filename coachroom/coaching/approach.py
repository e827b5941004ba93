"""How the coach works with a client, and what of it they only try: the effective choices. Pure.

Of each field:

    nothing tried ──try──▶ trying ──keep──▶ kept (a choice of the client's from now on)
                             └──as before, or no answer by the next session──▶ dropped (as it was before)

A trial lasts one session. Only the client's word makes a choice of it, and their word on a field ends its trial. One
thing is tried at a time: what is tried anew ends the trial before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Tone(StrEnum):
    DIRECT = "direct"
    GENTLE = "gentle"


class Pace(StrEnum):
    SHORT = "short"
    EXPLORING = "exploring"


class Opening(StrEnum):
    """What a session begins with: what was agreed, the client's goals, or whatever they bring."""

    CHECK_BACK = "check_back"
    GOAL = "goal"
    OPEN = "open"


class Lead(StrEnum):
    """Who sets the course of a session."""

    CLIENT = "client"
    COACH = "coach"


class ApproachField(StrEnum):
    TONE = "tone"
    PACE = "pace"
    OPENING = "opening"
    LEAD = "lead"


Value = Tone | Pace | Opening | Lead
VALUES: Mapping[ApproachField, type[Tone] | type[Pace] | type[Opening] | type[Lead]] = MappingProxyType(
    {
        ApproachField.TONE: Tone,
        ApproachField.PACE: Pace,
        ApproachField.OPENING: Opening,
        ApproachField.LEAD: Lead,
    }
)


class ChoiceSource(StrEnum):
    """Where a choice comes from: the profile page, a question, one after a low rating, a human coach's suggestion
    that the client took, or the end of a trial."""

    PROFILE = "profile"
    ASKED = "asked"
    AFTER_SESSION = "after_session"
    COACH = "coach"
    TRIAL = "trial"


class ChoiceState(StrEnum):
    TRYING = "trying"
    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True)
class ApproachChoice:
    """One event: a value is tried, kept or dropped. A value of None that is kept: as it comes.

    `session_id`: the session after which they were asked, or that a trial lasted.
    """

    field: ApproachField
    value: Value | None
    state: ChoiceState
    source: ChoiceSource
    made_at: datetime
    session_id: str | None = None


@dataclass(frozen=True)
class Approach:
    """What stands: the client's own `chosen` values, and what they are trying now."""

    chosen: Mapping[ApproachField, Value] = field(default_factory=dict)
    trial: ApproachChoice | None = None

    def effective(self) -> Mapping[ApproachField, Value]:
        """What the coach is told: the choices, with what is tried in place of one."""
        if self.trial is None or self.trial.value is None:
            return self.chosen
        return {**self.chosen, self.trial.field: self.trial.value}


@dataclass(frozen=True)
class Tried:
    """A trial and what became of it: `state` is trying as long as nothing did."""

    began: ApproachChoice
    state: ChoiceState
    ended_at: datetime | None = None


def value_of(approach_field: ApproachField, text: str | None) -> Value | None:
    """The value that is spelled so. Raises ValueError where the field has no such value."""
    return VALUES[approach_field](text) if text else None


def after(approach: Approach, event: ApproachChoice) -> Approach:
    """What stands once this has happened."""
    if event.state is ChoiceState.TRYING:
        return Approach(approach.chosen, event)
    trial = None if approach.trial is not None and approach.trial.field is event.field else approach.trial
    if event.state is ChoiceState.DROPPED and event.source is ChoiceSource.TRIAL:
        return Approach(approach.chosen, trial)
    chosen = {each: value for each, value in approach.chosen.items() if each is not event.field}
    if event.state is ChoiceState.KEPT and event.value is not None:
        chosen[event.field] = event.value
    return Approach(chosen, trial)


def approach_from(events: Iterable[ApproachChoice]) -> Approach:
    """What stands after all of them, oldest first, where nothing stood before."""
    standing = Approach()
    for event in events:
        standing = after(standing, event)
    return standing


def trials(events: Sequence[ApproachChoice]) -> list[Tried]:
    """What was tried, latest first, and what became of it. `events`: all, oldest first."""
    found = []
    for place, began in enumerate(events):
        if began.state is not ChoiceState.TRYING:
            continue
        end = next(
            (each for each in events[place + 1 :] if each.field is began.field or each.state is ChoiceState.TRYING),
            None,
        )
        if end is None:
            found.append(Tried(began, ChoiceState.TRYING))
        else:
            kept = end.state is ChoiceState.KEPT and (end.field, end.value) == (began.field, began.value)
            found.append(Tried(began, ChoiceState.KEPT if kept else ChoiceState.DROPPED, end.made_at))
    return found[::-1]


def since(events: Sequence[ApproachChoice], approach_field: ApproachField) -> ApproachChoice | None:
    """The event by which the field's present choice was made; None where it has none, or from before events."""
    standing = approach_from(events)
    made = [each for each in events if each.field is approach_field and each.state is ChoiceState.KEPT]
    return made[-1] if approach_field in standing.chosen and made else None
