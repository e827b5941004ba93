"""The practice agent as the app sees it: routes to mount, faults to set, one way to close it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from starlette.routing import BaseRoute, WebSocketRoute

from coachroom.simulator.call.protocol import Message
from coachroom.simulator.call.tts import Voice
from coachroom.simulator.context import AllowedOrigins, Deliver, SimulatorContext
from coachroom.simulator.mood import NORMAL, Mood, Moods
from coachroom.simulator.server import payloads
from coachroom.simulator.server.agent_config import Configurations
from coachroom.simulator.server.api import ROOT, PracticeApi
from coachroom.simulator.server.archive import Archive
from coachroom.simulator.server.auth import UrlSigner, same_host
from coachroom.simulator.server.calls import CallServer
from coachroom.simulator.server.faults import Faults
from coachroom.simulator.timing import Timing, aware_utc_now


class PracticeAgent:
    """Serves ElevenLabs' agent protocol from this process.

    `agent_ids`: the agents that exist; None serves any id.
    `api_key`: what `xi-api-key` must be on the API routes; None closes them to everybody (401). The widget's own
    routes (settings, feedback) and the conversation socket need no key.
    `secret`: signs the signed URLs. `webhook_secret` and `deliver`: who receives the signed post-call webhook, as
    body and headers; an error of `deliver` is logged and the delivery not repeated.
    `clock`: UTC, aware or naive. `monotonic` and `sleep`: seconds; a test may let both run faster.
    `keep_audio`: keep the client's audio in memory for the audio route.
    `allowed_origins`: (Origin header or None, Host header) -> may this page open a conversation?
    `max_seconds`: the longest call.
    `language`, `first_message` (used where the language is not English), `further_languages` (each with the first
    message in it), `text_only_override` and `turn` (as the API has it): what a new agent has.
    It coaches in English, whatever it greets in.
    `mood` and `seed`: how awkward its calls are, and what their draws come from.

    Everything runs on the event loop that serves the routes; only speech synthesis uses a thread.
    """

    def __init__(
        self,
        *,
        agent_ids: Collection[str] | None = None,
        api_key: str | None = None,
        secret: str,
        webhook_secret: str | None = None,
        deliver: Deliver | None = None,
        clock: Callable[[], datetime] = aware_utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        keep_audio: bool = False,
        allowed_origins: AllowedOrigins = same_host,
        max_conversations: int = 64,
        max_seconds: float = 3600.0,
        faults: Faults | None = None,
        mood: Mood = NORMAL,
        seed: int = 0,
        voice: Voice | None = None,
        language: str = "en",
        first_message: str = "",
        further_languages: Mapping[str, str] | None = None,
        text_only_override: bool = True,
        turn: Message | None = None,
    ) -> None:
        if not secret:
            raise ValueError("The practice agent needs a secret to sign with.")
        if deliver is not None and not webhook_secret:
            raise ValueError("The practice agent delivers signed webhooks only: give it a webhook_secret.")
        self.faults = faults if faults is not None else Faults()
        self.moods = Moods(mood, seed)
        self.configurations = Configurations(
            lambda agent_id: payloads.agent(
                agent_id,
                max_seconds=max_seconds,
                keep_audio=keep_audio,
                language=language,
                first_message=first_message,
                further_languages=further_languages or {},
                text_only_override=text_only_override,
                turn=turn,
            )
        )
        context = SimulatorContext(
            agent_ids=agent_ids,
            api_key=api_key,
            signer=UrlSigner(secret),
            webhook_secret=webhook_secret,
            deliver=deliver,
            timing=Timing(clock, monotonic, sleep),
            archive=Archive(),
            configurations=self.configurations,
            voice=voice or Voice(),
            faults=self.faults,
            moods=self.moods,
            allowed_origins=allowed_origins,
            keep_audio=keep_audio,
            max_conversations=max_conversations,
            max_seconds=max_seconds,
        )
        self._calls = CallServer(context)
        self._api = PracticeApi(context)
        self.tests = self._api.tests

    def routes(self) -> list[BaseRoute]:
        """Routes under /v1/convai and /v1/workspace, to be mounted below any prefix."""
        return [*self._api.routes(), WebSocketRoute(f"{ROOT}/conversation", self._calls.take)]

    async def call_tool(self, conversation_id: str, name: str, parameters: Message) -> Message:
        """Let the client of a running call use one of its tools; its `client_tool_result`.

        Raises LookupError when there is no such call, TimeoutError when the client does not answer.
        """
        conversation = self._calls.running(conversation_id)
        if conversation is None:
            raise LookupError(f"There is no running conversation {conversation_id}.")
        return await conversation.call_tool(name, parameters)

    async def admit_all(self) -> None:
        """Let the calls that wait in the queue begin."""
        self._calls.admit_all()

    async def close(self) -> None:
        """End all calls and wait until each is filed and its webhook delivered."""
        await self._calls.close()
