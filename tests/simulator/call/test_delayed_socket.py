from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.call import protocol
from coachroom.simulator.call.delayed_socket import CHANNELS, DelayedSocket
from coachroom.simulator.call.protocol import Message
from coachroom.simulator.call.socket import ClientSocket
from coachroom.simulator.mood import Delays, Wait
from coachroom.simulator.timing import Timing


class Wire(ClientSocket):
    """The client's side: what has arrived."""

    def __init__(self) -> None:
        self.arrived: list[Message] = []

    async def send(self, message: Message) -> None:
        self.arrived.append(message)


BUILDERS: dict[str, Callable[[int], Message]] = {
    "user_transcript": lambda n: protocol.user_transcript("a", n),
    "agent_response": lambda n: protocol.agent_response("b", n),
    "audio": lambda n: protocol.audio(b"", n),
    "client_tool_call": lambda n: protocol.client_tool_call("note", "call", {}, n),
    "agent_response_correction": lambda n: protocol.correction("b", "", n),
    "ping": lambda n: protocol.ping(n, None),
}
WAITS = st.builds(lambda least, more: Wait(least, least + more), st.floats(0, 1), st.floats(0, 1))
# A second of the call takes a millisecond.
FAST = Timing(monotonic=lambda: asyncio.get_running_loop().time() * 1000, sleep=lambda s: asyncio.sleep(s / 1000))


def arrived(delays: Delays, messages: list[Message], seed: int) -> list[Message]:
    async def played() -> list[Message]:
        wire = Wire()
        delayed = DelayedSocket(wire, delays, str(seed), FAST)
        for message in messages:
            await delayed.send(message)
        await delayed.drain()
        return wire.arrived

    return asyncio.run(played())


def event_ids(messages: list[Message], kind: str) -> list[int]:
    return [next(body for key, body in m.items() if key != "type")["event_id"] for m in messages if m["type"] == kind]


@given(
    st.builds(Delays, WAITS, WAITS, WAITS, WAITS, WAITS),
    st.lists(st.sampled_from(sorted(BUILDERS)), max_size=20),
    st.integers(0, 9),
)
def test_whatever_the_delays_every_frame_comes_once_and_each_channel_in_its_order(
    delays: Delays, kinds: list[str], seed: int
) -> None:
    sent = [BUILDERS[kind](n) for n, kind in enumerate(kinds)]
    found = arrived(delays, sent, seed)
    assert len(found) == len(sent)
    for kind in BUILDERS:
        assert event_ids(found, kind) == event_ids(sent, kind)


def test_channels_overtake_each_other() -> None:
    delays = Delays(user_transcripts=Wait(20, 20), agent_responses=Wait(10, 10))
    sent = [BUILDERS["user_transcript"](1), BUILDERS["agent_response"](1), BUILDERS["ping"](2)]
    assert [message["type"] for message in arrived(delays, sent, 0)] == ["ping", "agent_response", "user_transcript"]


def test_without_delays_everything_comes_as_it_was_sent() -> None:
    sent = [BUILDERS[kind](n) for n, kind in enumerate(sorted(BUILDERS))]
    assert arrived(Delays(), sent, 0) == sent


def test_audio_on_its_way_is_dropped_when_it_is_interrupted() -> None:
    sent = [protocol.audio(b"", 3), protocol.audio(b"", 3), protocol.interruption(3), protocol.audio(b"", 5)]
    found = arrived(Delays(audio=Wait(5, 5)), sent, 0)
    assert [message["type"] for message in found] == ["interruption", "audio"]
    assert event_ids(found, "audio") == [5]


def test_every_channel_of_the_mood_has_its_messages() -> None:
    assert set(CHANNELS.values()) == set(Delays.__dataclass_fields__)
