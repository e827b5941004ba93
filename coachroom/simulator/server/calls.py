"""The socket route: admits a call, holds it, and files it when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from starlette.websockets import WebSocket

from coachroom.simulator.call import protocol
from coachroom.simulator.call.conversation import CallEnd, Conversation
from coachroom.simulator.call.protocol import ProtocolError, Start
from coachroom.simulator.call.socket import ClientSocket, DisconnectedError
from coachroom.simulator.call.tts import Voice
from coachroom.simulator.coach import analysis, rules
from coachroom.simulator.server import webhook
from coachroom.simulator.server.agent_config import Configurations
from coachroom.simulator.server.archive import Archive, PracticeCall, unix
from coachroom.simulator.server.auth import UrlSigner, new_conversation_id
from coachroom.simulator.server.faults import Faults
from coachroom.simulator.timing import Timing

_log = logging.getLogger(__name__)

Deliver = Callable[[bytes, dict[str, str]], Awaitable[None]]
AllowedOrigins = Callable[[str | None, str], bool]

#: How long a client may take for its first message.
START_TIMEOUT_S = 10.0
#: The real service analyses a call before it is done; long enough here that a poller meets the state.
PROCESSING_S = 0.5
CLOSE_TIMEOUT_S = 5.0


class CallServer:
    """All calls of one practice agent."""

    def __init__(
        self,
        *,
        agent_ids: Collection[str] | None,
        configurations: Configurations,
        signatures: UrlSigner,
        archive: Archive,
        voice: Voice,
        timing: Timing,
        faults: Faults,
        allowed_origins: AllowedOrigins,
        keep_audio: bool,
        max_conversations: int,
        max_seconds: float,
        webhook_secret: str | None,
        deliver: Deliver | None,
    ) -> None:
        self._agent_ids = agent_ids
        self._configurations = configurations
        self._signatures = signatures
        self._archive = archive
        self._voice = voice
        self._timing = timing
        self._faults = faults
        self._allowed_origins = allowed_origins
        self._keep_audio = keep_audio
        self._max_conversations = max_conversations
        self._max_seconds = max_seconds
        self._webhook_secret = webhook_secret
        self._deliver = deliver
        self._ringing = 0
        self._running: dict[str, Conversation] = {}
        self._filing: set[asyncio.Task[None]] = set()

    def running(self, conversation_id: str) -> Conversation | None:
        return self._running.get(conversation_id)

    async def take(self, socket: WebSocket) -> None:
        """Serve one socket from its handshake to its close frame."""
        if not self._allowed_origins(socket.headers.get("origin"), socket.headers.get("host", "")):
            await socket.close(protocol.INVALID)  # before it was accepted: the browser sees HTTP 403
            return
        line = ClientSocket(socket)
        await line.answer()
        agent_id = socket.query_params.get("agent_id", "")
        signature = socket.query_params.get("conversation_signature")
        self._ringing += 1
        try:
            conversation_id = self._admit(agent_id, signature, socket.headers.get("origin"))
            start = await self._initiation(line)
            self._configurations.refuse(agent_id, start, _SYSTEM_VARIABLES)
            line.send_only(self._configurations.sent(agent_id))
        except DisconnectedError:
            return
        except _CallRefusedError as refusal:
            await line.close(refusal.code, str(refusal))
            return
        except ProtocolError as refusal:
            await _reject(line, refusal)
            return
        finally:
            self._ringing -= 1
        await self._hold(line, self._record(agent_id, conversation_id, start))

    async def close(self) -> None:
        """End all calls and wait until they are filed."""
        for conversation in list(self._running.values()):
            conversation.end(CallEnd(protocol.GOING_AWAY, "The practice agent was shut down."))
        deadline = asyncio.get_running_loop().time() + CLOSE_TIMEOUT_S
        while (self._running or self._filing) and asyncio.get_running_loop().time() < deadline:
            if self._filing:
                await asyncio.wait(self._filing, timeout=0.1)
            else:
                await asyncio.sleep(0.01)

    def _admit(self, agent_id: str, signature: str | None, origin: str | None) -> str:
        """The id for a new conversation. Raises _CallRefusedError."""
        if self._faults.refuse_calls is not None:
            raise _CallRefusedError(self._faults.refuse_calls, "The practice agent was told to refuse this call.")
        if not agent_id or (self._agent_ids is not None and agent_id not in self._agent_ids):
            raise _CallRefusedError(protocol.INVALID, "The AI agent you are trying to reach does not exist.")
        if not self._configurations.may_call(agent_id, origin, signed=signature is not None):
            raise _CallRefusedError(
                protocol.INVALID, "This agent takes calls only with a signed URL or from pages it knows."
            )
        if len(self._running) + self._ringing > self._max_conversations:
            raise _CallRefusedError(protocol.INVALID, "Too many conversations are going on. Please try again later.")
        if signature is None:
            return new_conversation_id()
        promised = self._signatures.admit(signature, agent_id, unix(self._timing.clock()))
        if promised is None:
            raise _CallRefusedError(protocol.INVALID, "The signed URL is wrong or has expired.")
        return promised or new_conversation_id()

    async def _initiation(self, line: ClientSocket) -> Start:
        try:
            return protocol.start_in(await asyncio.wait_for(line.receive(), START_TIMEOUT_S))
        except TimeoutError:
            raise ProtocolError("invalid_message", "There was no conversation_initiation_client_data.") from None

    def _record(self, agent_id: str, conversation_id: str, start: Start) -> PracticeCall:
        record = PracticeCall(conversation_id, agent_id, self._timing.clock(), start)
        self._archive.add(record)
        return record

    async def _hold(self, line: ClientSocket, record: PracticeCall) -> None:
        conversation = Conversation(
            line,
            record,
            archive=self._archive,
            voice=self._voice,
            timing=self._timing,
            faults=self._faults,
            keep_audio=self._keep_audio,
            max_seconds=self._max_seconds,
        )
        self._running[record.id] = conversation
        # What counts when the server cancels this handler instead of letting the call end.
        ending = CallEnd(protocol.GOING_AWAY, "The practice agent was shut down.")
        try:
            ending = await conversation.run()
            if ending.error_type:
                await line.send(protocol.error(ending.code, ending.error_type, ending.because))
            await line.close(ending.code, ending.because)
        finally:
            del self._running[record.id]
            self._file(conversation, ending)

    def _file(self, conversation: Conversation, ending: CallEnd) -> None:
        record = conversation.record
        record.status = "processing"
        record.seconds = conversation.seconds
        record.ended_because, record.close_code = ending.because, ending.code
        task = asyncio.get_running_loop().create_task(self._process(conversation, ending))
        self._filing.add(task)
        task.add_done_callback(self._filing.discard)

    async def _process(self, conversation: Conversation, ending: CallEnd) -> None:
        """What the real service does after a call: an analysis, then the webhook, which is never repeated."""
        await self._timing.sleep(PROCESSING_S + self._faults.slow_processing)
        record = conversation.record
        record.summary = rules.summary(conversation.state)
        record.title = conversation.state.goal or "Practice conversation"
        record.collected = analysis.collect_data(record.turns, conversation.state)
        record.next_step = analysis.next_step(conversation.state)
        record.status = "failed" if ending.failed else "done"
        # A conversation that was deleted meanwhile must not be reported any more.
        if self._deliver is None or self._webhook_secret is None or self._archive.get(record.id) is None:
            return
        body, headers = webhook.sign_post_call(
            record,
            secret=self._webhook_secret,
            now=unix(self._timing.clock()),
            half=self._faults.half_transcript,
        )
        times = 0 if self._faults.lose_webhooks else 2 if self._faults.duplicate_webhooks else 1
        try:
            for _ in range(times):
                await self._deliver(body, headers)
        except Exception:
            _log.exception("The post-call webhook of %s could not be delivered.", record.id)


class _CallRefusedError(Exception):
    """A call that is not taken: the close code and the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


_SYSTEM_VARIABLES = {"system__agent_id": "", "system__conversation_id": "", "system__time_utc": ""}


async def _reject(line: ClientSocket, refusal: ProtocolError) -> None:
    await line.send(protocol.error(protocol.INVALID, refusal.error_type, refusal.message))
    await line.close(protocol.INVALID, refusal.message)
