"""The socket route: admits a call, holds it, and files it when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from starlette.websockets import WebSocket

from coachroom.simulator.call import protocol
from coachroom.simulator.call.conversation import CallEnd, Conversation
from coachroom.simulator.call.delayed_socket import DelayedSocket
from coachroom.simulator.call.protocol import ProtocolError, Start
from coachroom.simulator.call.socket import ClientSocket, DisconnectedError
from coachroom.simulator.coach import analysis, rules
from coachroom.simulator.context import SimulatorContext
from coachroom.simulator.mood import drawn_by
from coachroom.simulator.server import webhook
from coachroom.simulator.server.agent_config import MAIN_BRANCH, on_branch
from coachroom.simulator.server.archive import PracticeCall, unix
from coachroom.simulator.server.auth import SIGNED_URL_SECONDS, new_conversation_id
from coachroom.simulator.server.recorded import recorded

log = logging.getLogger(__name__)

# How long a client may take for its first message.
START_TIMEOUT_S = 10.0
# The real service analyses a call before it is done; long enough here that a poller meets the state.
PROCESSING_S = 0.5
CLOSE_TIMEOUT_S = 5.0
# How long a call in an unknown language hangs.
HANG_S = 120.0


class CallServer:
    """All calls of one practice agent."""

    def __init__(self, context: SimulatorContext) -> None:
        self._context = context
        self._ringing = 0
        self._running: dict[str, Conversation] = {}
        self._filing: set[asyncio.Task[None]] = set()

    def running(self, conversation_id: str) -> Conversation | None:
        return self._running.get(conversation_id)

    def admit_all(self) -> None:
        """Lines are free: no call waits in the queue any longer."""
        for conversation in self._running.values():
            conversation.admit()

    async def take(self, socket: WebSocket) -> None:
        """Serve one socket from its handshake to its close frame."""
        if not self._context.allowed_origins(socket.headers.get("origin"), socket.headers.get("host", "")):
            await socket.close(protocol.INVALID)  # before it was accepted: the browser sees HTTP 403
            return
        line = ClientSocket(socket)
        await line.answer()
        agent_id = socket.query_params.get("agent_id", "")
        branch_id = socket.query_params.get("branch_id")
        signature = socket.query_params.get("conversation_signature")
        self._ringing += 1
        try:
            settings = _settings_of(agent_id, branch_id)
            conversation_id = self._admit(agent_id, settings, signature, socket.headers.get("origin"))
            start = await self._initiation(line)
            self._context.configurations.refuse(settings, start, _SYSTEM_VARIABLES)
            await self._refuse_language(line, settings, conversation_id, start)
            start = self._context.configurations.completed(settings, start)
            line.send_only(self._context.configurations.sent(settings))
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
        record = self._record(agent_id, settings, conversation_id, start)
        record.branch_id = branch_id or MAIN_BRANCH
        await self._hold(line, record)

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

    def _admit(self, agent_id: str, settings: str, signature: str | None, origin: str | None) -> str:
        """The id for a new conversation of the agent with these settings. Raises _CallRefusedError."""
        if self._context.faults.refuse_calls is not None:
            raise _CallRefusedError(
                self._context.faults.refuse_calls, "The practice agent is set to refuse this call."
            )
        if not self._context.knows(agent_id):
            raise _CallRefusedError(protocol.INVALID, protocol.NO_SUCH_AGENT)
        if refusal := self._context.configurations.caller_refused(settings, origin, signed=signature is not None):
            raise _CallRefusedError(protocol.INVALID, refusal)
        if len(self._running) + self._ringing > self._context.max_conversations:
            raise _CallRefusedError(protocol.INVALID, "Too many conversations are going on. Please try again later.")
        if signature is None:
            return new_conversation_id()
        slept = SIGNED_URL_SECONDS if self._context.faults.expired_addresses else 0
        promised = self._context.signer.admit(signature, settings, unix(self._context.timing.clock()) + slept)
        if promised is None:
            raise _CallRefusedError(protocol.INVALID, "The signed URL is wrong or has expired.")
        return promised or new_conversation_id()

    async def _initiation(self, line: ClientSocket) -> Start:
        try:
            return protocol.start_in(await asyncio.wait_for(line.receive(), START_TIMEOUT_S))
        except TimeoutError:
            raise ProtocolError("invalid_message", "There was no conversation_initiation_client_data.") from None

    async def _refuse_language(self, line: ClientSocket, settings: str, conversation_id: str, start: Start) -> None:
        """Raises _CallRefusedError for a language that the agent does not speak, after the call seemed to begin."""
        if self._context.configurations.speaks(settings, start.language):
            return
        if self._context.moods.current.unknown_language_hangs:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_until_closed(line), HANG_S)
        else:
            await line.send(protocol.metadata(conversation_id))
        raise _CallRefusedError(protocol.INVALID, f"Language '{start.language}' is not supported by this agent.")

    def _record(self, agent_id: str, settings: str, conversation_id: str, start: Start) -> PracticeCall:
        mood, seed = self._context.moods.begin_call()
        record = PracticeCall(conversation_id, agent_id, self._context.timing.clock(), start, mood, seed)
        record.version_id = self._context.configurations.version(settings)
        self._context.archive.add(record)
        return record

    async def _hold(self, line: ClientSocket, record: PracticeCall) -> None:
        delayed = DelayedSocket(line, record.mood.delays, record.seed, self._context.timing)
        conversation = Conversation(delayed, record, self._context)
        self._running[record.id] = conversation
        # What counts when the server cancels this handler instead of letting the call end.
        ending = CallEnd(protocol.GOING_AWAY, "The practice agent was shut down.")
        try:
            ending = await conversation.run()
            if ending.error_type:
                await line.send(protocol.error(ending.code, ending.error_type, ending.because))
            if ending.handed_on:
                await line.send(protocol.handed_on_error(ending.code, ending.because))
                await delayed.close(protocol.NORMAL, "")
            else:
                await delayed.close(ending.code, ending.because)
        finally:
            delayed.drop()
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
        record = conversation.record
        late = record.mood.record_late.draw(drawn_by(record.seed, "record late"))
        await self._context.timing.sleep(PROCESSING_S + late + self._context.faults.slow_processing)
        partial = record.mood.record_partial.draw(drawn_by(record.seed, "record partial"))
        record.whole_at = self._context.timing.monotonic() + partial
        record.recorded = recorded(record.turns, record.mood, record.seed)
        record.summary = rules.summary(conversation.state)
        record.title = conversation.state.goal or "Practice conversation"
        record.collected = analysis.collect_data(record.turns, conversation.state)
        record.next_step = analysis.next_step(conversation.state)
        record.status = "failed" if ending.failed else "done"
        # A conversation that was deleted meanwhile must not be reported any more.
        if (
            self._context.deliver is None
            or self._context.webhook_secret is None
            or self._context.archive.get(record.id) is None
        ):
            return
        body, headers = webhook.sign_post_call(
            record,
            secret=self._context.webhook_secret,
            now=unix(self._context.timing.clock()),
            half=self._context.is_half(record),
        )
        times = 0 if self._context.faults.lose_webhooks else 2 if self._context.faults.duplicate_webhooks else 1
        try:
            for _ in range(times):
                await self._context.deliver(body, headers)
        except Exception:
            log.exception("The post-call webhook of %s could not be delivered.", record.id)


class _CallRefusedError(Exception):
    """A call that is not taken: the close code and the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def _settings_of(agent_id: str, branch_id: str | None) -> str:
    try:
        return on_branch(agent_id, branch_id)
    except LookupError as unknown:
        raise _CallRefusedError(protocol.INVALID, str(unknown)) from None


_SYSTEM_VARIABLES = {"system__agent_id": "", "system__conversation_id": "", "system__time_utc": ""}


async def _until_closed(line: ClientSocket) -> None:
    """Raises DisconnectedError once the client has gone."""
    while True:
        await line.receive()


async def _reject(line: ClientSocket, refusal: ProtocolError) -> None:
    await line.send(protocol.error(protocol.INVALID, refusal.error_type, refusal.message))
    await line.close(protocol.INVALID, refusal.message)
