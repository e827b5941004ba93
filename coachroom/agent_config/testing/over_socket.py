"""Talks over the conversation socket: every line is typed, every tool is answered, as a browser would do it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import monotonic
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from coachroom.agent.briefing import Briefing
from coachroom.agent_config.testing.briefing import briefing
from coachroom.agent_config.testing.checks import CheckOutcome, CheckResult
from coachroom.agent_config.testing.scripts import END_CALL, ScriptedClient
from coachroom.agent_config.testing.talks import Talk, TalkWith
from coachroom.agent_config.testing.transcript import Said, ToolCall, Transcript
from coachroom.clock import Clock
from coachroom.rooms.states import Sender

TALKS_AT_ONCE = 4
ANSWER_SECONDS = 10.0
# Tools may still come after the last answer.
LAST_TOOLS_SECONDS = 1.0
NO_JUDGE = CheckResult("be judged by a language model", CheckOutcome.NOT_TRIED, "the practice coach has none")

Message = dict[str, Any]


def talk_over_socket(address: Callable[[], str], clock: Clock) -> TalkWith:
    """Talks at a fresh `address` each. A call that is refused or breaks is a talk that ended early."""

    def talk_with(clients: Mapping[str, ScriptedClient]) -> Iterator[Talk]:
        with ThreadPoolExecutor(TALKS_AT_ONCE) as pool:
            running = {
                pool.submit(_talk, address(), client, briefing(client.record, clock())): name
                for name, client in clients.items()
            }
            for done in as_completed(running):
                yield Talk(running[done], done.result(), NO_JUDGE)

    return talk_with


def _talk(address: str, client: ScriptedClient, known: Briefing) -> Transcript:
    try:
        with connect(address, subprotocols=[Subprotocol("convai")], max_size=None) as connection:
            return _ScriptedCall(connection).hold(client, known)
    except (OSError, TimeoutError, InvalidHandshake) as error:
        return Transcript(ended=str(error) or type(error).__name__)


class _ScriptedCall:
    """One call from its first message to its end."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._events: list[Said | ToolCall] = []
        self._answers = 0

    def hold(self, client: ScriptedClient, known: Briefing) -> Transcript:
        """Says all lines, each once the one before is answered."""
        try:
            self._send(
                type="conversation_initiation_client_data",
                conversation_config_override={"conversation": {"text_only": True}},
                dynamic_variables=known.variables,
            )
            self._send(type="contextual_update", text=known.long_form)
            self._hear_answer()
            for line in client.says:
                text = " ".join(line.split())
                self._events.append(Said(Sender.CLIENT, text))
                self._send(type="user_message", text=text)
                if not self._hear_answer():
                    return Transcript(tuple(self._events), f"no answer in {ANSWER_SECONDS:.0f} seconds")
            self._listen(LAST_TOOLS_SECONDS)
        except ConnectionClosed as closed:
            frame = closed.rcvd
            return Transcript(tuple(self._events), f"{frame.code} {frame.reason}" if frame else "the line broke")
        return Transcript(tuple(self._events))

    def _hear_answer(self) -> bool:
        """Whether an answer came in time. Raises ConnectionClosed."""
        before = self._answers
        self._listen(ANSWER_SECONDS, until=lambda: self._answers > before)
        return self._answers > before

    def _listen(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Takes what comes until the condition is true or the time is over. Raises ConnectionClosed."""
        deadline = monotonic() + seconds
        while not until():
            try:
                frame = self._connection.recv(timeout=max(0.0, deadline - monotonic()))
            except TimeoutError:
                return
            self._take(json.loads(frame))

    def _take(self, message: Message) -> None:
        match message:
            case {"type": "ping", "ping_event": {"event_id": event_id}}:
                self._send(type="pong", event_id=event_id)
            case {"type": "agent_response", "agent_response_event": {"agent_response": str(text)}}:
                self._events.append(Said(Sender.AGENT, text))
                self._answers += 1
            case {"type": "client_tool_call", "client_tool_call": {"tool_name": str(tool), "tool_call_id": call_id}}:
                self._events.append(ToolCall(tool, message["client_tool_call"].get("parameters") or {}))
                self._send(type="client_tool_result", tool_call_id=call_id, result="Noted.", is_error=False)
            case {"type": "agent_tool_response", "agent_tool_response": {"tool_name": str(tool)}} if tool == END_CALL:
                self._events.append(ToolCall(tool, {}))

    def _send(self, **message: Any) -> None:
        self._connection.send(json.dumps(message))
