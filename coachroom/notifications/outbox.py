"""What goes out: written in the transaction of its cause, sent by one background worker, tried again with patience.

A message is sent at least once, and once only unless the line broke, or this process ended, between the other side's
having it and our knowing. It then comes again with the same id.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import Clock, doubled
from coachroom.errors import CoachroomError
from coachroom.notifications.message import (
    Channel,
    MessageKind,
    MessageSender,
    MessageState,
    NotSentError,
    OutgoingMessage,
)
from coachroom.rounds import round_is_over
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

log = logging.getLogger(__name__)

SQL = load_statements("coachroom.notifications", "outbox.sql")

FIRST_WAIT = timedelta(minutes=1)
MAX_WAIT = timedelta(hours=8)
# With the waits between them some two days.
MAX_TRIES = 14
MAX_A_ROUND = 20
# A message that was given up can be tried again for so long.
PAYLOAD_KEPT = timedelta(days=7)
# No cause comes again after it.
ROWS_KEPT = timedelta(days=90)
MAY_BE_SENT = (
    "This database was restored from a backup, and the message may have gone out since: send it again if it did not."
)


@dataclass(frozen=True)
class ListedMessage:
    """One message as administrators see it. `settled_at`: when it was sent, given up or dropped."""

    key: str
    kind: MessageKind
    channel: Channel
    recipient: str | None
    state: MessageState
    tries: int
    created_at: datetime
    settled_at: datetime | None
    error: str | None
    has_payload: bool

    @property
    def may_be_tried_again(self) -> bool:
        return self.state is MessageState.GIVEN_UP and self.has_payload


@dataclass(frozen=True)
class MessageFate:
    """What became of a message: its state, when it was written, and why it was not sent."""

    state: MessageState
    created_at: datetime
    error: str | None


@dataclass(frozen=True)
class Later:
    """A message is not to go out before this moment (naive UTC); that it waits counts as no try."""

    moment: datetime


# What a message says as it goes out; None where nobody needs it any more.
Composer = Callable[[OutgoingMessage], Mapping[str, Any] | Later | None]


class Outbox:
    """Safe to use from many threads. `senders`: the ways out that are set up."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, senders: Mapping[Channel, MessageSender]) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._senders = dict(senders)
        self._composers: dict[MessageKind, Composer] = {}
        # Nothing is sent by two at once.
        self._sending = threading.Lock()

    def compose_when_sent(self, kind: MessageKind, composer: Composer) -> None:
        """Messages of this kind are written as they go out, and what they say is not kept.

        They name others than their recipient, or whether they are still needed shows only then.
        """
        self._composers[kind] = composer

    def can_send(self, channel: Channel) -> bool:
        """Whether this way out is set up."""
        return channel in self._senders

    def put(self, transaction: Transaction, message: OutgoingMessage) -> bool:
        """Within the caller's transaction: this is to go out. False where it is known, or cannot go out at all."""
        if message.channel not in self._senders:
            return False
        payload = json.dumps(message.payload, ensure_ascii=False)
        values = [message.key, message.kind, message.channel, message.recipient, list(message.about), payload]
        return bool(transaction.execute(SQL["put"], [*values, self._clock(), message.good_until]))

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of these causes that have their message."""
        return {str(key) for (key,) in self._store.execute(SQL["known"], [list(keys)])} if keys else set()

    def put_all(self, messages: Sequence[OutgoingMessage]) -> int:
        """These are to go out, which nothing else was written with; how many were not known."""
        known = self.known([message.key for message in messages])
        new = [message for message in messages if message.key not in known]
        if not new:
            return 0
        return self._writer.submit(
            lambda transaction: sum(self.put(transaction, message) for message in new)
        ).result()

    def waits_for(self, transaction: Transaction, kind: MessageKind, recipient: str) -> bool:
        """Whether a message of this kind waits for them already."""
        return bool(transaction.execute(SQL["waits_for"], [kind, recipient]))

    def send_due(self) -> int:
        """Drops what nobody needs any more and sends what is due, until the round is over; how many went out."""
        with self._sending:
            self._drop_moot()
            sent, without_answer = 0, set[Channel]()
            for *columns, tries, created_at in self._store.execute(SQL["due"], [self._clock(), MAX_A_ROUND]):
                message = _message(*columns)
                if round_is_over():
                    break
                if message.channel in without_answer:
                    continue
                outcome = self._send(message, created_at)
                sent += outcome is MessageState.SENT
                if isinstance(outcome, NotSentError):
                    self._not_sent(message, outcome, tries + 1)
                    if outcome.no_answer:
                        without_answer.add(message.channel)
            return sent

    def _send(self, message: OutgoingMessage, written_at: datetime) -> MessageState | NotSentError:
        """Sends it, or drops it where there is nothing to say any more; or why it could not be sent."""
        try:
            composer = self._composers.get(message.kind)
            payload = message.payload if composer is None else composer(message)
            if payload is None:
                self._write("drop", [[message.key], self._clock()])
                return MessageState.DROPPED
            if isinstance(payload, Later):
                self._write("wait", [message.key, payload.moment])
                return MessageState.WAITING
            with measured(Work.MESSAGE, channel=message.channel, kind=message.kind):
                self._senders[message.channel].send(replace(message, payload=payload), written_at, self._clock())
        except NotSentError as error:
            return error
        except Exception:
            # One that fails must not hold up the others.
            log.exception("%s %s cannot be sent", message.kind, message.id)
            return NotSentError("It cannot be sent: the server's log says why.")
        self._write("sent", [message.key, self._clock()])
        return MessageState.SENT

    def try_again(self, key: str) -> None:
        """What was given up waits again. Raises CoachroomError where it is not there to be tried."""
        now = self._clock()
        if not self._writer.submit(lambda transaction: transaction.execute(SQL["try_again"], [key, now])).result():
            raise CoachroomError(
                f"This cannot be tried again: it is under way, or was given up over {PAYLOAD_KEPT.days} days ago."
            )

    def latest(self, most: int) -> list[ListedMessage]:
        """The latest messages, whatever became of them."""
        return [
            ListedMessage(key, MessageKind(kind), Channel(channel), recipient, MessageState(state), *rest)
            for key, kind, channel, recipient, state, *rest in self._store.execute(SQL["latest"], [most])
        ]

    def count_by_state(self) -> dict[str, int]:
        """How many messages are in each state, those in no state at 0."""
        return {state.value: 0 for state in MessageState} | dict(self._store.execute(SQL["count_by_state"]))

    def given_up_since(self, moment: datetime) -> int:
        """How many messages were given up since then."""
        return int(self._store.execute(SQL["given_up_since"], [moment])[0][0])

    def latest_for(self, kind: MessageKind, recipients: Iterable[str]) -> dict[str, MessageFate]:
        """What became of the latest message of this kind to each of them, as far as there was one."""
        rows = self._store.execute(SQL["latest_for"], [kind, list(recipients)])
        return {recipient: MessageFate(MessageState(state), *rest) for recipient, state, *rest in rows}

    def unsubscribe(self, email: str, kind: MessageKind) -> None:
        """They get no more mails of this kind, until `subscribe`."""
        self._write("unsubscribe", [email, kind, self._clock()])

    def subscribe(self, email: str, kind: MessageKind) -> None:
        """They get mails of this kind again."""
        self._write("subscribe", [email, kind])

    def is_unsubscribed(self, email: str, kind: MessageKind) -> bool:
        return bool(self._store.execute(SQL["is_unsubscribed"], [email, kind]))

    def sweep(self) -> None:
        """Deletes what is too old to be tried again or to be shown."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["forget_payloads"], [now - PAYLOAD_KEPT])
            transaction.execute(SQL["forget"], [now - ROWS_KEPT])

        self._writer.submit(work).result()

    def _drop_moot(self) -> None:
        now = self._clock()
        moot = [key for (key,) in self._store.execute(SQL["moot"], [now, list(self._senders)])]
        if moot:
            self._write("drop", [moot, now])

    def _not_sent(self, message: OutgoingMessage, error: NotSentError, tries: int) -> None:
        now = self._clock()
        over = error.final or tries >= MAX_TRIES
        state = MessageState.GIVEN_UP if over else MessageState.WAITING
        next_try_at = None if over else now + doubled(FIRST_WAIT, tries - 1, MAX_WAIT)
        self._write("not_sent", [message.key, state, next_try_at, now if over else None, str(error)])
        level = logging.ERROR if over else logging.WARNING
        log.log(level, "%s %s was not sent at try %d: %s", message.kind, message.id, tries, error)

    def _write(self, statement: str, values: list[object]) -> None:
        self._writer.submit(lambda transaction: transaction.execute(SQL[statement], values)).result()


def hold_back(transaction: Transaction, now: datetime) -> None:
    """Within the caller's transaction, of a restored database: what was due may have gone out since the backup.

    An administrator sends it again where it did not; what is due later waits as before.
    """
    transaction.execute(SQL["hold_back"], [now, MAY_BE_SENT])


def _message(*columns: Any) -> OutgoingMessage:
    key, kind, channel, payload, recipient, about, good_until = columns
    return OutgoingMessage(
        key, MessageKind(kind), Channel(channel), json.loads(payload), recipient, tuple(about), good_until
    )
