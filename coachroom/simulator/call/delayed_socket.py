"""Frames that are late on purpose: each channel with its own drawn delays, so that they arrive in another order."""

from __future__ import annotations

import asyncio
from collections import deque

from coachroom.simulator.call.protocol import Message
from coachroom.simulator.call.socket import ClientSocket
from coachroom.simulator.mood import Delays, Wait, drawn_by
from coachroom.simulator.timing import Timing

# The type of a message -> the field of Delays that is its channel. Others are sent at once.
CHANNELS = {
    "user_transcript": "user_transcripts",
    "agent_response": "agent_responses",
    "audio": "audio",
    "client_tool_call": "tool_calls",
    "interruption": "corrections",
    "agent_response_correction": "corrections",
}
# The client hangs up at this one, so it comes after all that was said.
LAST = "agent_tool_response"
TICK_S = 0.001


class DelayedSocket:
    """Sends the frames of one call; `send` returns at once, `close` drops what is still on its way."""

    def __init__(self, socket: ClientSocket, delays: Delays, seed: str, timing: Timing) -> None:
        self._socket = socket
        self._timing = timing
        self._waits: dict[str, Wait] = {channel: getattr(delays, channel) for channel in set(CHANNELS.values())}
        self._draws = {channel: drawn_by(seed, channel) for channel in self._waits}
        self._queued: dict[str, deque[tuple[float, Message]]] = {channel: deque() for channel in self._waits}
        self._senders: dict[str, asyncio.Task[None]] = {}

    async def send(self, message: Message) -> None:
        """Sends the message, or queues it in its channel."""
        if message["type"] == LAST:
            await self.drain()
        if message["type"] == "interruption":
            self._drop_audio_until(message["interruption_event"]["event_id"])
        channel = CHANNELS.get(message["type"])
        due = self._due(channel) if channel else 0.0
        if channel is None or (due <= self._timing.monotonic() and not self._queued[channel]):
            await self._socket.send(message)
            return
        self._queued[channel].append((due, message))
        if channel not in self._senders or self._senders[channel].done():
            self._senders[channel] = asyncio.create_task(self._send_queued(channel))

    async def receive(self) -> Message:
        return await self._socket.receive()

    async def drain(self) -> None:
        """Waits until nothing is on its way."""
        await asyncio.gather(*self._senders.values())

    async def close(self, code: int, reason: str) -> None:
        self.drop()
        await self._socket.close(code, reason)

    def drop(self) -> None:
        """What is on its way never arrives."""
        for sender in self._senders.values():
            sender.cancel()

    def _due(self, channel: str) -> float:
        """When a message that is sent now arrives. A correction never overtakes the answer that it corrects."""
        due = self._timing.monotonic() + self._waits[channel].draw(self._draws[channel])
        answers = self._queued["agent_responses"]
        return max(due, answers[-1][0] + TICK_S) if channel == "corrections" and answers else due

    async def _send_queued(self, channel: str) -> None:
        queued = self._queued[channel]
        while queued:
            due, message = queued[0]
            await self._timing.sleep(max(0.0, due - self._timing.monotonic()))
            # It may have been dropped meanwhile.
            if queued and queued[0][1] is message:
                queued.popleft()
                await self._socket.send(message)

    def _drop_audio_until(self, event_id: int) -> None:
        """What is interrupted is not sent any more."""
        queued = self._queued["audio"]
        rest = [each for each in queued if each[1]["audio_event"]["event_id"] > event_id]
        queued.clear()
        queued.extend(rest)
