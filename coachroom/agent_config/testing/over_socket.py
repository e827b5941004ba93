"""Talks over the conversation socket: every line is typed, every tool is answered, as a browser would do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from coachroom.agent.briefing import Briefing
from coachroom.agent_config.testing.agent_line import UNREACHABLE, AgentLine, Message, connect_to, why_closed
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
        with connect_to(address) as connection:
            return _ScriptedCall(connection).hold(client, known)
    except UNREACHABLE as error:
        return Transcript(ended=str(error) or type(error).__name__)


class _ScriptedCall(AgentLine):
    """One call from its first message to its end."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._events: list[Said | ToolCall] = []
        self._answers = 0

    def hold(self, client: ScriptedClient, known: Briefing) -> Transcript:
        """Says all lines, each once the one before is answered."""
        try:
            self._begin(known, conversation_config_override={"conversation": {"text_only": True}})
            self._hear_answer()
            for line in client.says:
                text = " ".join(line.split())
                self._events.append(Said(Sender.CLIENT, text))
                self._send(type="user_message", text=text)
                if not self._hear_answer():
                    return Transcript(tuple(self._events), f"no answer in {ANSWER_SECONDS:.0f} seconds")
            self._listen(LAST_TOOLS_SECONDS)
        except ConnectionClosed as closed:
            return Transcript(tuple(self._events), why_closed(closed))
        return Transcript(tuple(self._events))

    def _hear_answer(self) -> bool:
        """Whether an answer came in time. Raises ConnectionClosed."""
        before = self._answers
        self._listen(ANSWER_SECONDS, until=lambda: self._answers > before)
        return self._answers > before

    def _take(self, message: Message) -> None:
        match message:
            case {"type": "agent_response", "agent_response_event": {"agent_response": str(text)}}:
                self._events.append(Said(Sender.AGENT, text))
                self._answers += 1
            case {"type": "client_tool_call", "client_tool_call": {"tool_name": str(tool)}}:
                self._events.append(ToolCall(tool, message["client_tool_call"].get("parameters") or {}))
            case {"type": "agent_tool_response", "agent_tool_response": {"tool_name": str(tool)}} if tool == END_CALL:
                self._events.append(ToolCall(tool, {}))
