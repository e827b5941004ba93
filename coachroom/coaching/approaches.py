"""What clients choose of the coach's way of working: they are asked, try something once, and keep it or do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coachroom.clock import Clock
from coachroom.coaching.approach import (
    Approach,
    ApproachChoice,
    ApproachField,
    ChoiceSource,
    ChoiceState,
    Value,
    approach_from,
)
from coachroom.coaching.approach_events import add_choice, read_choices
from coachroom.coaching.profiles import Profile, put_profile, read_profile
from coachroom.coaching.validation import InvalidInputError
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "approaches.sql")
# The occasion of the question before the first session; each other one is named by its session.
BEFORE = "before"


def read_approach(source: Store | Transaction, client_id: str) -> Approach:
    """What stands: the client's choices, and what they are trying."""
    return approach_of(read_profile(source, client_id), read_choices(source, client_id))


def approach_of(profile: Profile, history: Sequence[ApproachChoice]) -> Approach:
    """What stands, of the client's profile and all that they chose."""
    return Approach(profile.chosen, approach_from(history).trial)


class Approaches:
    """Reads and keeps choices. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def standing(self, client_id: str) -> Approach:
        """What the client chose, and what they are trying."""
        return read_approach(self._store, client_id)

    def history(self, client_id: str) -> list[ApproachChoice]:
        """All that the client chose, oldest first."""
        return read_choices(self._store, client_id)

    def try_once(
        self,
        client_id: str,
        approach_field: ApproachField,
        value: Value,
        source: ChoiceSource,
        session_id: str | None = None,
    ) -> None:
        """In the next session the coach works so. `session_id`: the session after which they were asked."""

        def work(transaction: Transaction) -> None:
            tried = ApproachChoice(approach_field, value, ChoiceState.TRYING, source, self._clock(), session_id)
            add_choice(transaction, client_id, tried)
            self._answer(transaction, client_id, session_id, changed=True)

        self._writer.submit(work).result()

    def keep(self, client_id: str, session_id: str | None, *, shown: ApproachChoice | None = None) -> None:
        """What was tried, in this session, is a choice of the client's from now on.

        `shown`: the trial that the client was asked about. Raises InvalidInputError where it is another one, or none.
        """

        def work(transaction: Transaction) -> None:
            trial = _trial(transaction, client_id, shown)
            now = self._clock()
            profile = read_profile(transaction, client_id).choosing({trial.field: trial.value})
            kept = replace(
                trial, state=ChoiceState.KEPT, source=ChoiceSource.TRIAL, made_at=now, session_id=session_id
            )
            add_choice(transaction, client_id, kept)
            put_profile(transaction, profile, self._clock, None)

        self._writer.submit(work).result()

    def drop(self, client_id: str, session_id: str | None = None, *, shown: ApproachChoice | None = None) -> None:
        """What is tried ends here, before its session or after it: as it was before. `shown`: as of `keep`."""

        def work(transaction: Transaction) -> None:
            trial = _trial(transaction, client_id, shown)
            dropped = replace(
                trial,
                state=ChoiceState.DROPPED,
                source=ChoiceSource.TRIAL,
                made_at=self._clock(),
                session_id=session_id,
            )
            add_choice(transaction, client_id, dropped)

        self._writer.submit(work).result()

    def stop(self, client_id: str, approach_field: ApproachField) -> None:
        """The choice counts no more: it is as it comes again. Nothing happens where there is none."""

        def work(transaction: Transaction) -> None:
            profile = read_profile(transaction, client_id)
            if approach_field not in profile.chosen:
                return
            dropped = ApproachChoice(
                approach_field,
                profile.chosen[approach_field],
                ChoiceState.DROPPED,
                ChoiceSource.PROFILE,
                self._clock(),
            )
            add_choice(transaction, client_id, dropped)
            put_profile(transaction, profile.choosing({approach_field: None}), self._clock, None)

        self._writer.submit(work).result()

    def asks_no_more(self, client_id: str) -> bool:
        """Whether the client does not want to be asked any more."""
        found = self._store.execute(SQL["no_more"], [client_id])
        return bool(found and found[0][0])

    def ask_no_more(self, client_id: str, *, no_more: bool = True) -> None:
        """From now on the client is asked no more, or is asked again."""
        now = self._clock()
        row = [client_id, now if no_more else None, now]
        self._writer.submit(lambda transaction: transaction.execute(SQL["put_no_more"], row)).result()

    def note_asked(self, client_id: str, session_id: str | None) -> None:
        """The client is asked, after this session or (None) before the first; noted once."""
        occasion = session_id or BEFORE
        if self._store.execute(SQL["answered"], [client_id, occasion]):
            return
        row = [client_id, occasion, session_id, self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["ask"], row)).result()

    def leave_as_it_is(self, client_id: str, session_id: str | None) -> None:
        """The client's answer is that nothing is to change."""
        self._writer.submit(
            lambda transaction: self._answer(transaction, client_id, session_id, changed=False)
        ).result()

    def answered(self, client_id: str, session_id: str | None) -> bool:
        """Whether the client has answered what was asked then."""
        found = self._store.execute(SQL["answered"], [client_id, session_id or BEFORE])
        return bool(found and found[0][0])

    def _answer(self, transaction: Transaction, client_id: str, session_id: str | None, *, changed: bool) -> None:
        occasion, now = session_id or BEFORE, self._clock()
        transaction.execute(SQL["ask"], [client_id, occasion, session_id, now])
        transaction.execute(SQL["answer"], [client_id, occasion, now, changed])


def _trial(transaction: Transaction, client_id: str, shown: ApproachChoice | None) -> ApproachChoice:
    trial = read_approach(transaction, client_id).trial
    # On another page the client may have begun to try something else.
    if trial is None or (shown is not None and trial != shown):
        raise InvalidInputError("You have answered this already: reload the page.")
    return trial
