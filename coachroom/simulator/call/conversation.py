"""One call: listens to the client, lets the coach answer, speaks, and ends it in time.

Its tasks read the socket, speak, use the client's tools and keep time. Any of them may set a CallEnd; `run` then
cancels all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender
from coachroom.simulator.call import protocol
from coachroom.simulator.call.delayed_socket import DelayedSocket
from coachroom.simulator.call.playback import Playback, Utterance
from coachroom.simulator.call.protocol import Message, ProtocolError
from coachroom.simulator.call.socket import DisconnectedError
from coachroom.simulator.call.tts import sentences
from coachroom.simulator.call.turn_taking import HOLD_S, TurnTaking
from coachroom.simulator.call.vad import EnergyVad, SpeechSegment
from coachroom.simulator.call.voices import Voices
from coachroom.simulator.coach import phrases, rules
from coachroom.simulator.coach.rules import Reply, Speaker, ToolUse
from coachroom.simulator.context import SimulatorContext
from coachroom.simulator.mood import drawn_by
from coachroom.simulator.server.agent_config import NEXT_BRANCH
from coachroom.simulator.server.archive import MAX_TURNS, PracticeCall, PracticeTurn, ToldContext

log = logging.getLogger(__name__)

CHUNK_BYTES = 8_000  # a quarter of a second of audio
BYTES_PER_SECOND = 2 * protocol.SAMPLE_RATE
# Audio is sent this far ahead of what the client plays: enough to survive a busy moment of the process.
AUDIO_AHEAD_S = 2.0
# With less than this left to play, barge-in is just somebody answering.
TAIL_S = 0.2
TICK_S = 0.2
PING_EVERY_S = 2.0
VAD_EVERY_S = 0.1
VAD_STEP = 0.1
# Without any input for so long a call ends; muted widgets keep sending silence, which counts as input.
IDLE_S = 60.0
IDLE_TEXT_S = 600.0
TOOL_TIMEOUT_S = 20.0
# How long the end of a call waits for tools that are still at work.
TOOLS_LAST_S = 2.0
# How an answer is to be said, if that is written before it.
AUDIO_TAGS = ("[warmly]", "[laughs softly]", None)


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call ended: the close code, the sentence kept with the record, an error type for the client if any.

    `handed_on`: another server of the provider's ended it. The client is told so in a message of its own form, and
    its socket closes as if the talk were over.
    """

    code: int
    because: str
    error_type: str | None = None
    handed_on: bool = False

    @property
    def failed(self) -> bool:
        return self.code in (protocol.OPERATIONAL, protocol.INVALID, protocol.INTERNAL)


class Conversation:
    """A call that has been accepted and initiated. Raises nothing: every failure becomes a CallEnd."""

    def __init__(self, socket: DelayedSocket, record: PracticeCall, context: SimulatorContext) -> None:
        self.record = record
        self.state, self._greeting = rules.begin(record.start.variables, record.started.date())
        self._socket = socket
        self._context = context
        self._over: asyncio.Future[CallEnd] = asyncio.get_running_loop().create_future()
        self._free_line = asyncio.Event()
        self._turns = TurnTaking.configured(context.configurations.turn(record.agent_id))
        self._vad = EnergyVad(self._turns.pause)
        self._voices = Voices()
        self._playback = Playback()
        self._utterance: Utterance | None = None
        self._speaker: asyncio.Task[None] | None = None
        self._turn_taking = asyncio.Lock()
        self._tool_results: dict[str, asyncio.Future[Message]] = {}
        self._tool_uses: asyncio.Queue[ToolUse] = asyncio.Queue()
        self._last_id = 0
        self._tags = drawn_by(record.seed, "audio tags")
        self._saying_goodbye = False
        self._began = self._input_at = self._audio_at = context.timing.monotonic()
        # Since when nobody says anything, and when the client last did.
        self._quiet_from = self._client_at = self._began
        self._hold_until = self._vad_at = self._pinged_at = 0.0
        self._vad_score = 0.0
        self._ping_id = 0
        self._ping_ms: int | None = None

    @property
    def seconds(self) -> float:
        """Length of the call so far."""
        return self._context.timing.monotonic() - self._began

    async def run(self) -> CallEnd:
        """Hold the conversation until one side ends it."""
        await self._socket.send(protocol.metadata(self.record.id))
        wait = self.record.mood.queue.draw(drawn_by(self.record.seed, "queue"))
        if wait and (ending := await self._wait_in_line(wait)):
            return ending
        tasks = [asyncio.create_task(self._guard(part)) for part in (self._greet, self._listen, self._keep_time)]
        tasks.append(asyncio.create_task(self._guard(self._use_tools)))
        try:
            return await self._over
        finally:
            tasks += [self._speaker] if self._speaker else []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_in_line(self, wait: float) -> CallEnd | None:
        """Waits for a free line. What the client sends meanwhile is discarded, and counts as nothing."""
        await self._socket.send(protocol.queue_status("waiting"))
        discarding = asyncio.create_task(self._guard(self._discard))
        waiting = asyncio.ensure_future(self._context.timing.sleep(wait))
        freed = asyncio.create_task(self._free_line.wait())
        await asyncio.wait((waiting, freed, self._over), return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, freed, discarding):
            task.cancel()
        await asyncio.gather(waiting, freed, discarding, return_exceptions=True)
        if self._over.done():
            return self._over.result()
        if self.record.mood.queue_times_out:
            await self._socket.send(protocol.queue_status("timed_out"))
            return CallEnd(protocol.INVALID, "All lines are still taken.")
        self._begin_now()
        await self._socket.send(protocol.queue_status("admitted"))
        return None

    async def _discard(self) -> None:
        while True:
            await self._socket.receive()

    def _begin_now(self) -> None:
        """What was until now was the wait, and no part of the call."""
        self.record.queued_seconds = self.seconds
        self.record.started = self._context.timing.clock()
        self._began = self._input_at = self._audio_at = self._context.timing.monotonic()
        self._quiet_from = self._client_at = self._began

    def admit(self) -> None:
        """There is a free line: a call that waits in the queue waits no longer."""
        self._free_line.set()

    def end(self, ending: CallEnd) -> None:
        """End the call; the first reason counts."""
        if not self._over.done():
            self._over.set_result(ending)

    async def call_tool(self, name: str, parameters: Message) -> Message:
        """Ask the client to run one of its tools; its `client_tool_result`. Raises TimeoutError without an answer."""
        call_id = f"call_{uuid4().hex}"
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._tool_results[call_id] = answer
        try:
            await self._socket.send(protocol.client_tool_call(name, call_id, parameters, self._next_id()))
            result = await asyncio.wait_for(answer, TOOL_TIMEOUT_S)
        finally:
            del self._tool_results[call_id]
        self._note_tool(name, call_id, parameters, result)
        return result

    async def _use_tools(self) -> None:
        """One tool after the other, beside the conversation: it goes on whether or not the client answers."""
        while True:
            use = await self._tool_uses.get()
            try:
                await self.call_tool(use.tool, dict(use.parameters))
            except TimeoutError:
                log.debug("The client did not answer %s.", use.tool)
            finally:
                self._tool_uses.task_done()

    async def _guard(self, part: Callable[[], Awaitable[CallEnd | None]]) -> None:
        try:
            ending = await part()
        except DisconnectedError as gone:
            because = (
                gone.reason if gone.code == protocol.NORMAL and gone.reason else f"Client disconnected: {gone.code}"
            )
            ending = CallEnd(gone.code, because)
        except ProtocolError as refusal:
            ending = CallEnd(protocol.INVALID, refusal.message, refusal.error_type)
        except Exception:
            log.exception("Conversation %s broke down.", self.record.id)
            ending = CallEnd(protocol.INTERNAL, "The practice agent broke down.", "internal_error")
        if ending:
            self.end(ending)

    # Listening

    async def _listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if "user_audio_chunk" in message:
                await self._on_audio(message)
            elif handler := _HANDLERS.get(message["type"]):
                await handler(self, message)
            else:
                log.debug("Unknown message type %.60s", message["type"])

    async def _on_audio(self, message: Message) -> None:
        pcm = protocol.audio_in(message)
        self._input_at = self._audio_at = self._context.timing.monotonic()
        if self.record.start.text_only:
            return
        if self._context.keep_audio:
            self._context.archive.keep_audio(self.record, pcm)
        for spoken in self._vad.feed(pcm):
            await self._on_spoken(spoken)
        if self._vad.barging_in:
            await self._interrupt()
        await self._send_vad_score()

    async def _on_spoken(self, spoken: SpeechSegment) -> None:
        """A spoken turn is over. What was said while the agent spoke on was no turn, but noise or an "mhm"."""
        async with self._turn_taking:
            if self._speaking() or self._saying_goodbye:
                return
            speaker = self._speaker_of(spoken)
            text, event_id = rules.caption(spoken.seconds, speaker), self._next_id()
            self._note(PracticeTurn("user", text, max(0.0, self.seconds - spoken.seconds), event_id, "audio"))
            await self._socket.send(protocol.user_transcript(text, event_id))
            self.state, reply = rules.hear(self.state, speaker)
            await self._answer(reply, waits=True, event_id=event_id if self.record.mood.shared_event_ids else None)

    def _speaker_of(self, spoken: SpeechSegment) -> Speaker:
        """Whose voice it was. One person's voice may rise: without a human coach in the room there is only one."""
        speaker = self._voices.tell(spoken.pitches)
        return speaker if self.state.human_coach else Speaker.FIRST

    async def _on_text(self, text: str) -> None:
        self._input_at, self._hold_until = self._context.timing.monotonic(), 0.0
        self._quiet_from = self._client_at = self._input_at
        async with self._turn_taking:
            self._note(PracticeTurn("user", text, self.seconds, self._next_id(), "text"))
            if self._saying_goodbye:
                return
            await self._interrupt()
            if not spoken_words(Sender.CLIENT, text):
                await self._answer(Reply(phrases.HERE))
                return
            self.state, reply = rules.reply(self.state, text)
            await self._answer(reply)

    async def _on_user_message(self, message: Message) -> None:
        await self._on_text(protocol.text_in(message))

    async def _on_multimodal(self, message: Message) -> None:
        inner = message.get("text")
        if isinstance(inner, dict):
            await self._on_text(protocol.text_in(inner))

    async def _on_context(self, message: Message) -> None:
        self._input_at = self._context.timing.monotonic()
        text, context_id = protocol.text_in(message), str(message.get("context_id") or "")
        self.record.told.append(ToldContext(context_id, text, self.seconds))
        self.state = rules.inform(self.state, text, context_id)

    async def _on_activity(self, _message: Message) -> None:
        self._input_at = self._context.timing.monotonic()
        self._hold_until = self._input_at + HOLD_S
        self._client_at = self._input_at

    async def _on_pong(self, message: Message) -> None:
        if message.get("event_id") == self._ping_id:
            self._ping_ms = max(1, round((self._context.timing.monotonic() - self._pinged_at) * 1000))

    async def _on_tool_result(self, message: Message) -> None:
        call_id = message.get("tool_call_id")
        answer = self._tool_results.get(call_id) if isinstance(call_id, str) else None
        if answer and not answer.done():
            answer.set_result(message)

    async def _on_feedback(self, message: Message) -> None:
        turn = self.record.agent_turn(message.get("event_id", -1))
        if turn:
            turn.feedback = message["score"] if message.get("score") in ("like", "dislike") else None

    async def _send_vad_score(self) -> None:
        score, now = self._vad.score, self._context.timing.monotonic()
        if abs(score - self._vad_score) >= VAD_STEP and now - self._vad_at >= VAD_EVERY_S:
            self._vad_score, self._vad_at = score, now
            await self._socket.send(protocol.vad_score(score))

    # Speaking

    async def _greet(self) -> None:
        custom = self.record.start.first_message
        if custom:
            self.state = rules.greeted(self.state)
        greeting = Reply(protocol.fill_in(custom, self._variables())) if custom else self._greeting
        if self.record.branch_id == NEXT_BRANCH:
            # The branches differ in this sentence, for who looks at which one was met.
            greeting = replace(greeting, text=f"{greeting.text} {rules.NEXT_VERSION}")
        await self._answer(greeting, (self.record.start.language if custom else None) or "en")

    async def _answer(
        self, reply: Reply, language: str = "en", event_id: int | None = None, *, waits: bool = False
    ) -> None:
        """Say something now, or once the client is no longer busy; a reply that was still waiting is dropped."""
        if self._speaker:
            self._speaker.cancel()
        if self._context.faults.swallowed_answers > 0:
            self._context.faults.swallowed_answers -= 1
            return
        self._saying_goodbye = reply.ends
        for use in reply.uses:
            self._tool_uses.put_nowait(use)

        async def later() -> CallEnd | None:
            while (held := self._hold_until - self._context.timing.monotonic()) > 0:
                await self._context.timing.sleep(held)
            if self._vad.speaking:
                return None  # the thought goes on: what is said next is answered
            return await self._speak(await self._announce(reply, event_id), reply, language)

        async def looked_up() -> CallEnd | None:
            found = await self._look_up(reply)
            return await self._speak(await self._announce(found, event_id), found, language)

        if reply.lookup:
            self._speaker = asyncio.create_task(self._guard(looked_up))
            return
        if waits and self._hold_until > self._context.timing.monotonic():
            self._speaker = asyncio.create_task(self._guard(later))
            return
        utterance = await self._announce(reply, event_id)
        self._speaker = asyncio.create_task(self._guard(lambda: self._speak(utterance, reply, language)))

    async def _look_up(self, reply: Reply) -> Reply:
        """The reply with what its tool found; without an answer there is nothing."""
        if reply.lookup is None:
            return reply
        try:
            result = await self.call_tool(reply.lookup.tool, dict(reply.lookup.parameters))
        except TimeoutError:
            return rules.told(reply, "")
        said = "" if result.get("is_error") else str(result.get("result") or "")
        self.state = rules.offered(self.state, reply, said)
        return rules.told(reply, said)

    async def _announce(self, reply: Reply, event_id: int | None) -> Utterance:
        """Send the text; the widget shows it before its audio plays."""
        utterance = Utterance(self._tagged(reply.text), self._next_id() if event_id is None else event_id)
        self._note(PracticeTurn("agent", utterance.text, self.seconds, utterance.event_id))
        self._utterance = None if self.record.start.text_only else utterance
        await self._socket.send(protocol.agent_response(utterance.text, utterance.event_id))
        return utterance

    def _tagged(self, text: str) -> str:
        """The text with how it is to be said, where this mood writes that."""
        tag = self._tags.choice(AUDIO_TAGS) if self.record.mood.audio_tags else None
        return f"{tag} {text}" if tag else text

    async def _speak(self, utterance: Utterance, reply: Reply, language: str) -> CallEnd | None:
        if not self.record.start.text_only:
            for sentence in sentences(reply.text):
                pcm = await self._context.voice.speak(sentence, language)
                utterance.spoken.append((sentence, len(pcm) / BYTES_PER_SECOND))
                await self._send_audio(pcm, utterance)
            utterance.finished = True
        return await self._hang_up_politely() if reply.ends else None

    async def _send_audio(self, pcm: bytes, utterance: Utterance) -> None:
        for begin in range(0, len(pcm), CHUNK_BYTES):
            chunk = pcm[begin : begin + CHUNK_BYTES]
            await self._socket.send(protocol.audio(chunk, utterance.event_id))
            seconds, now = len(chunk) / BYTES_PER_SECOND, self._context.timing.monotonic()
            utterance.sent_s += seconds
            self._playback.add(seconds, now)
            ahead = self._playback.remaining(now) - AUDIO_AHEAD_S
            if ahead > 0:
                await self._context.timing.sleep(ahead)

    async def _hang_up_politely(self) -> CallEnd:
        """After the last word was played, as many clients stop their audio at `end_call`."""
        if not self.record.mood.hurried_goodbye:
            await self._context.timing.sleep(self._playback.remaining(self._context.timing.monotonic()))
        await self._last_tools()
        await self._socket.send(protocol.end_call(f"call_{uuid4().hex}", self._next_id()))
        return CallEnd(protocol.NORMAL, "end_call tool was called.")

    async def _last_tools(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._tool_uses.join(), TOOLS_LAST_S)

    def _speaking(self) -> bool:
        """Whether audio of the last utterance is still being played or sent."""
        if not self._utterance:
            return False
        return not self._utterance.finished or self._playback.remaining(self._context.timing.monotonic()) > TAIL_S

    async def _interrupt(self) -> None:
        """Barge-in: stop speaking and correct the recorded text to what was played. A goodbye is not interrupted."""
        utterance = self._utterance
        if not utterance or not self._speaking() or self._saying_goodbye:
            return
        if self._speaker:
            self._speaker.cancel()
        spoken = utterance.spoken_until(utterance.sent_s - self._playback.remaining(self._context.timing.monotonic()))
        self._utterance = None
        self._playback.clear()
        if turn := self.record.agent_turn(utterance.event_id):
            turn.original, turn.message = turn.message, spoken
        await self._socket.send(protocol.interruption(utterance.event_id))
        await self._socket.send(protocol.correction(utterance.text, spoken, utterance.event_id))

    # Keeping time

    async def _keep_time(self) -> CallEnd:
        while True:
            if ending := self._service_fails() or self._time_is_up():
                return ending
            now = self._context.timing.monotonic()
            if self._vad.speaking and now - self._audio_at > self._turns.pause:
                # The microphone stopped in the middle of a turn: nothing came that could end it.
                spoken = self._vad.stop()
                await self._on_spoken(spoken) if spoken else None
            await self._ask_into_silence(now)
            if now - self._pinged_at >= PING_EVERY_S:
                await self._ping()
            await self._context.timing.sleep(TICK_S)

    async def _ask_into_silence(self, now: float) -> None:
        """Nobody says anything for long: the agent asks. It hears a silence only where a microphone sends one."""
        speaking = self._speaking() or self._vad.speaking or self._saying_goodbye
        self._client_at = now if self._vad.speaking else self._client_at
        self._quiet_from = max(self._quiet_from, self._hold_until, now if speaking else 0.0)
        after = self._turns.asks_after
        if after is None or now - self._quiet_from < after or self._audio_at == self._began:
            return
        async with self._turn_taking:
            self._quiet_from = now
            await self._answer(Reply(phrases.TAKE_YOUR_TIME))

    def _service_fails(self) -> CallEnd | None:
        faults = self._context.faults
        if faults.hang_up_after is not None and self.seconds >= faults.hang_up_after:
            return CallEnd(faults.hang_up_code, "The agent hung up.")
        if faults.quota_used_up:
            return CallEnd(protocol.OPERATIONAL, "This request exceeds your quota limit.", handed_on=True)
        if not self._context.knows(self.record.agent_id):
            return CallEnd(protocol.INVALID, protocol.NO_SUCH_AGENT)
        return None

    def _time_is_up(self) -> CallEnd | None:
        if self.seconds >= self._context.max_seconds:
            return CallEnd(protocol.NORMAL, "Conversation exceeded its maximum duration.")
        now, hangs_up_after = self._context.timing.monotonic(), self._turns.hangs_up_after
        idle = now - self._input_at
        if hangs_up_after is not None and now - self._client_at >= hangs_up_after:
            return CallEnd(protocol.NORMAL, "The client was silent for too long.")
        if self.record.start.text_only and idle >= IDLE_TEXT_S:
            return CallEnd(protocol.NORMAL, "No message for ten minutes.")
        if not self.record.start.text_only and idle >= IDLE_S:
            return CallEnd(protocol.OPERATIONAL, "No input for a minute.")
        return None

    async def _ping(self) -> None:
        self._ping_id, self._pinged_at = self._next_id(), self._context.timing.monotonic()
        await self._socket.send(protocol.ping(self._ping_id, self._ping_ms))

    # Keeping record

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _note(self, turn: PracticeTurn) -> None:
        self.record.turns.append(turn)
        if len(self.record.turns) >= MAX_TURNS:
            self.end(CallEnd(protocol.NORMAL, "The conversation has too many turns."))
        mood, said = self.record.mood, self.record.count("user") + self.record.count("agent")
        if mood.break_after_turns is not None and said >= mood.break_after_turns:
            self.end(CallEnd(mood.break_code, "The line broke."))

    def _note_tool(self, name: str, call_id: str, parameters: Message, result: Message) -> None:
        shared = {"request_id": call_id, "tool_name": name}
        turn = PracticeTurn("agent", None, self.seconds, self._next_id())
        turn.tool_calls.append(
            {**shared, "type": "client", "params_as_json": json.dumps(parameters), "tool_has_been_called": True}
        )
        turn.tool_results.append(
            {
                **shared,
                "type": "client",
                "result_value": str(result.get("result", "")),
                "is_error": bool(result.get("is_error")),
                "tool_has_been_called": True,
            }
        )
        self._note(turn)

    def _variables(self) -> protocol.Variables:
        system = {
            "system__agent_id": self.record.agent_id,
            "system__conversation_id": self.record.id,
            "system__time_utc": self.record.started.isoformat(),
        }
        return {**system, **self.record.start.variables}


_HANDLERS: dict[str, Callable[[Conversation, Message], Awaitable[None]]] = {
    "user_message": Conversation._on_user_message,
    "multimodal_message": Conversation._on_multimodal,
    "contextual_update": Conversation._on_context,
    "user_activity": Conversation._on_activity,
    "pong": Conversation._on_pong,
    "client_tool_result": Conversation._on_tool_result,
    "feedback": Conversation._on_feedback,
}
