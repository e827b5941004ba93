"""Holds the scripted call over the conversation socket, in real time, and notes when who was heard."""

from __future__ import annotations

import base64
from time import monotonic

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from coachroom.agent.briefing import Briefing
from coachroom.agent_config.testing.agent_line import UNREACHABLE, AgentLine, Message, connect_to, why_closed
from coachroom.agent_config.testing.scripts import END_CALL
from coachroom.call_check.findings import AnswerTimed, Findings, Goodbye, PauseTried
from coachroom.call_check.loudspeaker import Loudspeaker
from coachroom.call_check.microphone import Microphone
from coachroom.call_check.script import CallScript, Speak, Thought, spoken

MAX_WAIT_SECONDS = 15.0
MAX_ANSWER_SECONDS = 30.0
# How much of an answer is heard before it is interrupted.
HEARD_BEFORE_INTERRUPTION = 1.0
MAX_GOODBYE_SECONDS = 20.0


def check_call(address: str, script: CallScript, known: Briefing, speak: Speak) -> Findings:
    """Holds one call at the address and returns what it showed; a call that breaks is one that ended early."""
    try:
        with connect_to(address) as connection:
            return _CheckedCall(connection, speak).hold(script, known)
    except UNREACHABLE as error:
        return Findings(ended=str(error) or type(error).__name__)


class _CheckedCall(AgentLine):
    def __init__(self, connection: ClientConnection, speak: Speak) -> None:
        super().__init__(connection)
        self._speak = speak
        self._loudspeaker = Loudspeaker()
        self._transcribed: float | None = None
        self._interrupted: float | None = None
        self._hung_up = False
        self._pauses: list[PauseTried] = []
        self._answers: list[AnswerTimed] = []
        self._unanswered = 0
        self._silenced_ms: float | None = None

    def hold(self, script: CallScript, known: Briefing) -> Findings:
        """The whole call."""
        began, ended, goodbye = monotonic(), "", Goodbye(hung_up=False)
        self._begin(known)
        microphone = Microphone(self._connection)
        try:
            self._hear_answer()
            for thought in script.thoughts:
                self._think_aloud(microphone, thought)
                if thought is not script.thoughts[-1]:
                    self._listen(MAX_ANSWER_SECONDS, until=self._quiet)
            self._interrupt(microphone, script.interruption)
            goodbye = self._say_goodbye(script.goodbye)
        except ConnectionClosed as closed:
            ended = why_closed(closed)
        finally:
            microphone.close()
        return Findings(
            pauses=tuple(self._pauses),
            answers=tuple(self._answers),
            unanswered=self._unanswered,
            silenced_ms=self._silenced_ms,
            goodbye=goodbye,
            seconds=monotonic() - began,
            ended=ended,
        )

    def _think_aloud(self, microphone: Microphone, thought: Thought) -> None:
        """Says all pieces, whatever the agent does between them, and waits for the answer to the last one."""
        first, *others = thought.pieces
        self._say(microphone, first)
        for pause, piece in zip(thought.pauses, others, strict=True):
            ended = microphone.ended
            self._listen(ended + pause - monotonic())
            self._say(microphone, piece)
            # An answer that begins together with the next words comes too early as well.
            self._pauses.append(PauseTried(pause, self._sounded_since(ended) is not None))
        ended = microphone.ended
        sounded = self._wait_for_sound(ended)
        if sounded is None:
            self._unanswered += 1
            return
        transcribed = self._transcribed if self._transcribed and self._transcribed >= ended else None
        self._answers.append(AnswerTimed(ended, transcribed, sounded))

    def _interrupt(self, microphone: Microphone, words: str) -> None:
        """Speaks into the answer, and measures until it is silent."""
        self._listen(HEARD_BEFORE_INTERRUPTION)
        if self._quiet():
            return
        self._interrupted = None
        self._say(microphone, words)
        if self._interrupted is not None:
            self._silenced_ms = (self._interrupted - microphone.began) * 1000
        self._hear_answer()

    def _say_goodbye(self, words: str) -> Goodbye:
        self._send(type="user_message", text=words)
        try:
            self._listen(MAX_GOODBYE_SECONDS, until=lambda: self._hung_up)
        except ConnectionClosed:
            self._hung_up = True
        return Goodbye(self._hung_up, self._loudspeaker.remaining(monotonic()))

    def _say(self, microphone: Microphone, words: str) -> None:
        microphone.say(spoken(self._speak, words))
        self._listen(MAX_ANSWER_SECONDS, until=lambda: not microphone.speaking)

    def _hear_answer(self) -> None:
        """Until the agent has begun to speak and is quiet again."""
        if self._wait_for_sound(monotonic()) is not None:
            self._listen(MAX_ANSWER_SECONDS, until=self._quiet)

    def _wait_for_sound(self, since: float) -> float | None:
        self._listen(MAX_WAIT_SECONDS, until=lambda: self._sounded_since(since) is not None)
        return self._sounded_since(since)

    def _sounded_since(self, moment: float) -> float | None:
        """When the agent began to sound after that moment, as far as it is played by now."""
        now = monotonic()
        return next((at for at in self._loudspeaker.starts if moment < at <= now), None)

    def _quiet(self) -> bool:
        return self._loudspeaker.remaining(monotonic()) == 0

    def _take(self, message: Message) -> None:
        now = monotonic()
        match message:
            case {"type": "audio", "audio_event": {"audio_base_64": str(audio)}}:
                self._loudspeaker.play(base64.b64decode(audio), now)
            case {"type": "user_transcript"}:
                self._transcribed = now
            case {"type": "interruption"}:
                self._interrupted = now
                self._loudspeaker.stop(now)
            case {"type": "agent_tool_response", "agent_tool_response": {"tool_name": str(tool)}} if tool == END_CALL:
                self._hung_up = True
