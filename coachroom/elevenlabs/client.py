"""ElevenLabs' API through its official SDK: a signed URL for a call, and the record after it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import httpx

from coachroom.elevenlabs.address import is_conversation_id, path_part
from coachroom.elevenlabs.call_record import CallRecord, read_record
from coachroom.elevenlabs.connection import Connection
from coachroom.errors import NO_ANSWER_CAUSE, UNKNOWN_CALL_CAUSE, AgentUnavailableError
from coachroom.regions import socket_origin, socket_origins
from coachroom.traces.context import about
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 8
# The limit for a whole response, however slowly its bytes arrive.
PATIENCE_SECONDS = 20

# The sentence for the client, the cause for operators, and when to retry, in seconds.
Failure = tuple[str, str, float | None]
# By HTTP status.
REFUSALS: dict[int, Failure] = {
    401: (
        "The AI coach cannot be reached: our access to it is not set up right. Please tell your community's host.",
        "unauthorized",
        None,
    ),
    402: (
        "The community's time with the AI coach is used up for now. Please tell your community's host.",
        "quota",
        None,
    ),
    404: ("The AI coach of this community was not found. Please tell your community's host.", "agent_missing", None),
    429: ("Many people talk with the AI coach right now. We try again in a few seconds.", "busy", 5),
}
REFUSALS[403] = REFUSALS[401]
# Asking again in the same way would get the same answer.
NOT_TAKEN = (REFUSALS[401][0], "not_taken", None)
PASSING = frozenset({408, 425})
ELSEWHERE_CAUSE = "other_host"
NO_ANSWER = (
    "The AI coach does not answer right now. We keep trying; nothing you said is lost.",
    NO_ANSWER_CAUSE,
    3.0,
)
UNKNOWN_CALL = ("The AI coach has no record of this call.", UNKNOWN_CALL_CAUSE, None)
# Of the answers that refuse a request, those that say nothing about the id that was asked for.
NOT_ABOUT_THE_CALL = frozenset({401, 402, 403, 429})


class ElevenLabs:
    """One agent at ElevenLabs, or at a server with the same API at `base_url`. Blocking; safe in threads."""

    def __init__(self, *, api_key: str, base_url: str, agent_id: str) -> None:
        self._connection = Connection(
            api_key=api_key, base_url=base_url, timeout_seconds=TIMEOUT_SECONDS, on_answer=[_limit]
        )
        self._base_url = base_url
        self._agent_id = agent_id
        self._trouble: str | None = None

    def close(self) -> None:
        """Closes the connections; in-flight requests fail."""
        self._connection.close()

    def signed_url(self, branch_id: str | None = None) -> str:
        """A URL at which one call can begin within 15 minutes, with the agent as it is on this branch; None: as the
        agent's own settings choose. Raises AgentUnavailableError."""

        def ask() -> str:
            answer = self._connection.client.conversational_ai.conversations.get_signed_url(
                agent_id=self._agent_id, branch_id=branch_id, request_options={"max_retries": 0}
            )
            return str(answer.signed_url)

        with measured(Work.PROVIDER, asks="signed_url"):
            address = self._explain_failure(ask)
        self._refuse_elsewhere(address)
        self._trouble = None
        return address

    def _refuse_elsewhere(self, address: str) -> None:
        """A page may connect to its region's hosts only, so its browser would refuse the call without a word."""
        if (where := self._explain_failure(lambda: socket_origin(address))) in socket_origins(self._base_url):
            return
        way_out = f"ElevenLabs hands out addresses at {where}, which are not those of {self._base_url}: "
        way_out += "set COACHROOM_ELEVENLABS_URL to the region of the agent's workspace."
        self._warn_once(way_out)
        raise AgentUnavailableError(REFUSALS[401][0], cause=ELSEWHERE_CAUSE, retry_after=None, operator=way_out)

    def record(self, conversation_id: str) -> CallRecord:
        """The record of a call, as far as it exists.

        Raises AgentUnavailableError, with UNKNOWN_CALL_CAUSE where there will never be one under this id.
        """
        if not is_conversation_id(conversation_id):
            raise _unavailable(UNKNOWN_CALL)

        def ask() -> CallRecord:
            answer = self._connection.client.conversational_ai.conversations.get(
                path_part(conversation_id), request_options={"max_retries": 0}
            )
            return read_record(answer.model_dump(warnings=False))

        with about(call=conversation_id), measured(Work.PROVIDER, asks="record"):
            record = self._explain_failure(ask, _refusal_of_a_call)
        self._trouble = None
        return record

    def delete_record(self, conversation_id: str) -> None:
        """Deletes the provider's record of a call, its audio included.

        Raises AgentUnavailableError, with UNKNOWN_CALL_CAUSE where there is none under this id.
        """
        if not is_conversation_id(conversation_id):
            raise _unavailable(UNKNOWN_CALL)

        def ask() -> None:
            self._connection.client.conversational_ai.conversations.delete(
                path_part(conversation_id), request_options={"max_retries": 0}
            )

        with about(call=conversation_id), measured(Work.PROVIDER, asks="delete"):
            self._explain_failure(ask, _refusal_of_a_deletion)
        self._trouble = None

    def _explain_failure(self, ask: Callable[[], T], refusal_of: Callable[[int | None], Failure] | None = None) -> T:
        """Calls the provider; every failure becomes an AgentUnavailableError with one sentence."""
        try:
            return ask()
        except Exception as error:
            status = getattr(error, "status_code", None)
            refusal = (refusal_of or _refusal)(status)
            self._warn_once(f"{refusal[1]} ({type(error).__name__}, status {status})")
            raise _unavailable(refusal) from error

    def _warn_once(self, trouble: str) -> None:
        """Pages and records ask again and again: what stays the same is logged once until something works."""
        if trouble != self._trouble:
            log.warning("agent provider: %s", trouble)
        self._trouble = trouble


def _limit(answer: httpx.Response) -> None:
    """Sets a time limit for the whole response; httpx limits only each read."""
    stream = cast(httpx.SyncByteStream, answer.stream)
    answer.stream = _Limited(stream, time.monotonic() + PATIENCE_SECONDS)


class _Limited(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("the answer takes too long")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _refusal(status: int | None) -> Failure:
    """A row of REFUSALS, whatever the HTTP status; None is no answer at all."""
    if status is None or status in PASSING or not 400 <= status < 500:
        return NO_ANSWER
    return REFUSALS.get(status, NOT_TAKEN)


def _refusal_of_a_call(status: int | None) -> Failure:
    """The same where a call's record is asked for: most refusals say that there is none under its id."""
    refusal = _refusal(status)
    return refusal if refusal == NO_ANSWER or status in NOT_ABOUT_THE_CALL else UNKNOWN_CALL


def _refusal_of_a_deletion(status: int | None) -> Failure:
    """Only one refusal says that there is nothing left to delete."""
    return UNKNOWN_CALL if status == 404 else _refusal(status)


def _unavailable(refusal: Failure) -> AgentUnavailableError:
    sentence, cause, retry_after = refusal
    return AgentUnavailableError(sentence, cause=cause, retry_after=retry_after)
