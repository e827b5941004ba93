"""How a client wants to be coached, in their own words, and whether anything may be remembered at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.clock import Clock, zone_named
from coachroom.coaching.actions import follow_zone
from coachroom.coaching.approach import ApproachField, ChoiceSource, Lead, Opening, Pace, Tone, Value
from coachroom.coaching.approach_events import add_stated
from coachroom.coaching.validation import MAX_QUOTE_CHARS, MAX_TEXT_CHARS, bare, optional_line, some_lines
from coachroom.people.profiles import put_words, put_zone, zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "profiles.sql")
MAX_CALLED_CHARS = 40


@dataclass(frozen=True)
class Profile:
    """A client's wishes. `answers` are those to the community's membership questions: (question, answer).

    `saved` is False until the client's challenges are on record; until then they are what was answered.
    """

    client_id: str
    name: str
    called: str | None = None
    tone: Tone | None = None
    pace: Pace | None = None
    language: str | None = None
    wishes: str | None = None
    challenges: str | None = None
    remembers: bool = True
    hold_to_talk: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    saved: bool = False
    opening: Opening | None = None
    lead: Lead | None = None

    @property
    def chosen(self) -> dict[ApproachField, Value]:
        """What they chose of the coach's way of working."""
        values: dict[ApproachField, Value | None] = {each: getattr(self, each) for each in ApproachField}
        return {each: value for each, value in values.items() if value is not None}

    @property
    def address(self) -> str:
        """What the coach calls them: the name they chose, else their first name."""
        return self.called or (self.name.split()[0] if self.name.split() else "")

    def choosing(self, choices: Mapping[ApproachField, Value | None]) -> Profile:
        """With these choices of the coach's way of working in place of their own."""
        named: dict[str, Any] = {str(each): value for each, value in choices.items()}
        return replace(self, **named)


@dataclass(frozen=True)
class CallChoices:
    """The language that the client named, and whether they hold a button to talk."""

    language: str | None
    hold_to_talk: bool


class Profiles:
    """Reads and keeps profiles. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def get(self, client_id: str) -> Profile:
        """The client's profile; an unknown client's is empty."""
        return read_profile(self._store, client_id)

    def call_choices(self, client_id: str) -> CallChoices:
        """What of the profile a call goes by; of an unknown client nothing is chosen."""
        found = self._store.execute(SQL["call_choices"], [client_id])
        language, hold_to_talk = found[0] if found else (None, None)
        return CallChoices(language, hold_to_talk=bool(hold_to_talk))

    def save(self, profile: Profile) -> Profile:
        """Keeps all that a client may choose. Raises InvalidInputError; returns it as it was kept."""
        kept = replace(
            profile,
            called=optional_line(profile.called, "Your name", MAX_CALLED_CHARS),
            language=optional_line(profile.language, "The language", MAX_CALLED_CHARS),
            wishes=some_lines(profile.wishes, "What the coach should know"),
            challenges=some_lines(profile.challenges, "What is hard for you"),
            saved=True,
        )
        self._writer.submit(
            lambda transaction: put_profile(transaction, kept, self._clock, ChoiceSource.PROFILE)
        ).result()
        return kept

    def zone(self, client_id: str) -> ZoneInfo:
        """The time zone of the client's days; UTC as long as it is not known."""
        return zone_of(self._store, client_id)

    def keep_zone(self, client_id: str, name: str | None) -> ZoneInfo:
        """Their browser names this time zone: it is kept, if there is such a one. Returns the zone of their days."""
        named, kept = zone_named(name), self.zone(client_id)
        if named is None or named.key == kept.key:
            return kept

        def work(transaction: Transaction) -> None:
            put_zone(transaction, client_id, named)
            follow_zone(transaction, client_id, named)

        self._writer.submit(work).result()
        return named

    def keep_hold_to_talk(self, client_id: str, on: bool) -> None:
        """From now on the client holds a button to talk, or does not."""
        if self.call_choices(client_id).hold_to_talk == on:
            return
        now = self._clock()
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["keep_hold_to_talk"], [client_id, on, now])
        ).result()

    def switch_memory(self, client_id: str, on: bool) -> None:
        """From now on the coach keeps and uses memories, or does neither. What is there stays."""
        now = self._clock()
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["switch_memory"], [client_id, on, now])
        ).result()


def put_profile(transaction: Transaction, profile: Profile, clock: Clock, source: ChoiceSource | None) -> None:
    """Within the caller's transaction: keeps the profile as it is.

    `source`: where its choices come from; None where they are on record already.
    """
    now = clock()
    if source is not None:
        before = read_profile(transaction, profile.client_id)
        add_stated(
            transaction, profile.client_id, before=before.chosen, now=profile.chosen, source=source, made_at=now
        )
    choices = [profile.called, profile.tone, profile.pace, profile.language, profile.remembers]
    row = [profile.client_id, *choices, profile.opening, profile.lead, now]
    transaction.execute(SQL["put_preferences"], row)
    if profile.saved:
        put_words(transaction, profile.client_id, profile.wishes, profile.challenges)


def read_profile(source: Store | Transaction, client_id: str) -> Profile:
    """The client's profile; an unknown client's is empty."""
    found = source.execute(SQL["profile_of"], [client_id])
    return _profile(client_id, found[0]) if found else Profile(client_id, "")


def _profile(client_id: str, row: Row) -> Profile:
    name, wishes, challenges, answers, called, tone, pace, language, remembers, hold_to_talk, opening, lead = row
    saved = challenges is not None
    asked = tuple((str(q), str(a)) for q, a in json.loads(answers or "{}").items() if a)
    if not saved:
        challenges = "\n".join(_answered(question, answer) for question, answer in asked)[:MAX_TEXT_CHARS]
    return Profile(
        client_id=client_id,
        name=name or "",
        called=called,
        tone=Tone(tone) if tone else None,
        pace=Pace(pace) if pace else None,
        language=language,
        wishes=wishes,
        challenges=challenges or None,
        remembers=remembers is not False,
        hold_to_talk=bool(hold_to_talk),
        answers=asked,
        saved=saved,
        opening=Opening(opening) if opening else None,
        lead=Lead(lead) if lead else None,
    )


def _answered(question: str, answer: str) -> str:
    asked = bare(question, MAX_QUOTE_CHARS)
    return f"{asked if asked[-1:] in ':?!.' else asked + ':'} {bare(answer, MAX_QUOTE_CHARS)}"
