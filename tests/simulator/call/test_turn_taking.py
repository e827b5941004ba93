"""An eager agent cuts into a thought, a patient one does not; and what keeps an eager one from it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from coachroom.simulator import NORMAL, PracticeAgent
from coachroom.simulator.call import protocol
from coachroom.simulator.call.conversation import Conversation
from coachroom.simulator.call.delayed_socket import DelayedSocket
from coachroom.simulator.coach import phrases
from coachroom.simulator.server.archive import PracticeCall
from coachroom.simulator.timing import aware_utc_now
from tests.simulator.serving import AGENT, silence, sine
from tests.virtual_time import run_virtually

CHUNK_S = 0.032
THOUGHTS = 25
# A client thinks aloud: some stretches of words with pauses between them.
STRETCHES = 3
WORDS_S = (1.0, 2.5)
PAUSE_S = (0.5, 1.5)
ANSWER_S = 1.0


class OneSecondVoice:
    """Says everything in a second."""

    async def speak(self, _text: str, _language: str) -> bytes:
        return silence(ANSWER_S)


@dataclass
class Client:
    """Speaks in real time of the loop, and notes when the agent begins to."""

    time: Callable[[], float]
    inbox: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    said: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    _last_event: int | None = None

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "agent_response":
            self.said.append(message["agent_response_event"]["agent_response"])
        if message["type"] == "audio" and message["audio_event"]["event_id"] != self._last_event:
            self._last_event = message["audio_event"]["event_id"]
            self.starts.append(self.time())

    async def receive(self) -> dict[str, Any]:
        return await self.inbox.get()

    async def close(self, _code: int, _reason: str) -> None:
        pass

    async def sound(self, pcm: bytes, meanwhile: Callable[[float], None] = lambda _at: None) -> None:
        size = int(CHUNK_S * 16_000) * 2
        for begin in range(0, len(pcm), size):
            self.inbox.put_nowait({"user_audio_chunk": base64.b64encode(pcm[begin : begin + size]).decode()})
            meanwhile(self.time())
            await asyncio.sleep(CHUNK_S)

    def busy(self) -> None:
        """What the page sends while the client thinks, or holds the button."""
        self.inbox.put_nowait({"type": "user_activity"})


def every_second(do: Callable[[], None]) -> Callable[[float], None]:
    latest = [-1.0]

    def meanwhile(now: float) -> None:
        if now - latest[0] >= 1:
            latest[0] = now
            do()

    return meanwhile


def talk(turn: dict[str, Any], script: Callable[[Client], Awaitable[Any]]) -> Any:
    """What comes of the script in a call with an agent that takes its turns so."""

    async def run() -> Any:
        loop = asyncio.get_running_loop()
        agent = PracticeAgent(secret="x", voice=OneSecondVoice(), monotonic=loop.time, turn=turn)  # type: ignore[arg-type]
        context = agent._calls._context
        client = Client(loop.time)
        start = protocol.start_in({"type": "conversation_initiation_client_data"})
        record = PracticeCall("conv_1", AGENT, aware_utc_now(), start, NORMAL, "0.1")
        socket = DelayedSocket(client, NORMAL.delays, "0.1", context.timing)  # type: ignore[arg-type]
        conversation = asyncio.create_task(Conversation(socket, record, context).run())
        await client.sound(silence(ANSWER_S * 4))
        client.starts.clear()
        outcome = await script(client)
        ended = conversation.result() if conversation.done() else None
        conversation.cancel()
        await asyncio.gather(conversation, return_exceptions=True)
        return outcome, ended

    return run_virtually(run())


def thoughts(random: Random) -> Iterator[tuple[list[float], list[float]]]:
    for _ in range(THOUGHTS):
        words = [random.uniform(*WORDS_S) for _ in range(STRETCHES)]
        pauses = [random.uniform(*PAUSE_S) for _ in range(STRETCHES - 1)]
        yield words, pauses


def cut_ins(eagerness: str, *, thinking: bool = False, holding: bool = False) -> float:
    """The share of the agent's starts that fall into a thought."""

    async def script(client: Client) -> float:
        spans = []
        for words, pauses in thoughts(Random(12)):
            began = client.time()
            held = every_second(client.busy) if holding else lambda _now: None
            for number, seconds in enumerate(words):
                await client.sound(sine(seconds), held)
                if number < len(pauses):
                    meanwhile = every_second(client.busy) if thinking else held
                    await client.sound(silence(pauses[number]), meanwhile)
            spans.append((began, client.time()))
            await client.sound(silence(2.0 + 2.0 + 3 * ANSWER_S))
        inside = [any(began < start < ended for began, ended in spans) for start in client.starts]
        assert len(client.starts) >= THOUGHTS, "each thought is answered"
        return sum(inside) / len(inside)

    share, _ = talk({"turn_eagerness": eagerness}, script)
    return float(share)


def test_an_eager_agent_cuts_into_thoughts_and_a_patient_one_does_not() -> None:
    assert cut_ins("eager") >= 0.30
    assert cut_ins("patient") <= 0.02


@pytest.mark.parametrize("way", ["thinking", "holding"])
def test_an_eager_agent_is_kept_from_cutting_in(way: str) -> None:
    assert cut_ins("eager", **{way: True}) <= 0.02


def test_into_a_long_silence_the_agent_asks_and_in_a_longer_one_it_hangs_up() -> None:
    async def script(client: Client) -> list[str]:
        client.said.clear()
        await client.sound(silence(130))
        return client.said

    said, ended = talk({"turn_timeout": 25, "silence_end_call_timeout": 120}, script)
    assert 3 <= len(said) <= 5
    assert set(said) == {phrases.TAKE_YOUR_TIME}
    assert ended is not None
    assert (ended.code, ended.because) == (1000, "The client was silent for too long.")


def test_a_client_who_is_thinking_is_neither_asked_nor_hung_up_on() -> None:
    async def script(client: Client) -> list[str]:
        client.said.clear()
        await client.sound(silence(130), every_second(client.busy))
        return client.said

    said, ended = talk({"turn_timeout": 25, "silence_end_call_timeout": 120}, script)
    assert (said, ended) == ([], None)
