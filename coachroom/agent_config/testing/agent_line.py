"""The conversation socket as a browser keeps it: pings and tools are answered by themselves. In real time."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from coachroom.agent.briefing import Briefing
from coachroom.agent.recall import NOTHING_FOUND
from coachroom.agent.tool_specs import Tool

Message = dict[str, Any]
# Nobody's record is behind the line, and nobody's calendar.
_ANSWERS = {
    Tool.RECALL.value: NOTHING_FOUND,
    Tool.BOOK_NEXT.value: "No time is free: say that the client can look on their page Appointments later.",
}

# Why no call began.
UNREACHABLE = (OSError, TimeoutError, InvalidHandshake)
# Some ends of a wait come with time, and not with a message.
LOOK_EVERY_SECONDS = 0.05


class AgentLine(ABC):
    """One call from its first message to its end. Who holds it says what becomes of the messages."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @abstractmethod
    def _take(self, message: Message) -> None:
        """One message of the agent's server; what every client answers is answered already."""

    def _begin(self, known: Briefing, **overrides: Any) -> None:
        """Begins the call with what the agent is told before it."""
        self._send(type="conversation_initiation_client_data", dynamic_variables=known.variables, **overrides)
        self._send(type="contextual_update", text=known.long_form)

    def _send(self, **message: Any) -> None:
        self._connection.send(json.dumps(message))

    def _listen(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Takes what comes until the condition is true or the time is over. Raises ConnectionClosed."""
        deadline = monotonic() + seconds
        while not until() and (left := deadline - monotonic()) > 0:
            try:
                frame = self._connection.recv(timeout=min(left, LOOK_EVERY_SECONDS))
            except TimeoutError:
                continue
            message = json.loads(frame)
            self._answer(message)
            self._take(message)

    def _answer(self, message: Message) -> None:
        match message:
            case {"type": "ping", "ping_event": {"event_id": event_id}}:
                self._send(type="pong", event_id=event_id)
            case {"type": "client_tool_call", "client_tool_call": {"tool_call_id": call_id, **asked}}:
                result = _ANSWERS.get(str(asked.get("tool_name")), "Noted.")
                self._send(type="client_tool_result", tool_call_id=call_id, result=result, is_error=False)


def connect_to(address: str) -> ClientConnection:
    """A connection to the agent. Raises one of UNREACHABLE."""
    return connect(address, subprotocols=[Subprotocol("convai")], max_size=None)


def why_closed(closed: ConnectionClosed) -> str:
    """The code and reason that the agent's server gave, or that it gave none."""
    return f"{closed.rcvd.code} {closed.rcvd.reason}".strip() if closed.rcvd else "the line broke"
