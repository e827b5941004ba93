"""Which agent serves the calls, and how the practice coach reaches this process as ElevenLabs would."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable

import httpx
from pydantic import SecretStr

from coachroom.agent_config.desired import turn_body
from coachroom.agent_config.spec import AgentFile
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.languages import ENGLISH
from coachroom.settings import AgentProvider, PracticeMood, Settings
from coachroom.simulator import AWKWARD, NORMAL, PracticeAgent

log = logging.getLogger(__name__)

PRACTICE_PATH = "/practice"
PROVIDER_WEBHOOK_PATH = "/webhooks/elevenlabs"
WEBHOOK_SECONDS = 20


def open_agent(
    settings: Settings, agent_file: AgentFile
) -> tuple[ElevenLabs | None, PracticeAgent | None, SecretStr | None]:
    """Who coaches, and what their webhooks are signed with.

    The practice agent is asked through the same SDK as the real one, and tells of its calls as that does, over
    loopback.
    """
    if settings.provider is AgentProvider.PRACTICE:
        key = secrets.token_urlsafe(16)
        webhook_secret = settings.webhook_secret or SecretStr(secrets.token_urlsafe(32))
        origin = f"http://{_loopback(settings.address)}:{settings.port}"
        practice = PracticeAgent(
            api_key=key,
            secret=secrets.token_urlsafe(32),
            keep_audio=settings.practice_keeps_audio,
            language=agent_file.language,
            first_message="" if agent_file.language == ENGLISH else agent_file.first_message,
            further_languages=agent_file.further_languages,
            text_only_override=agent_file.overrides.text_only,
            turn=turn_body(agent_file),
            mood=AWKWARD if settings.practice_mood is PracticeMood.AWKWARD else NORMAL,
            webhook_secret=webhook_secret.get_secret_value(),
            deliver=_deliverer(origin + PROVIDER_WEBHOOK_PATH),
        )
        provider = ElevenLabs(api_key=key, base_url=origin + PRACTICE_PATH, agent_id=settings.agent_id)
        return provider, practice, webhook_secret
    if settings.elevenlabs_api_key is None:
        return None, None, settings.webhook_secret
    key = settings.elevenlabs_api_key.get_secret_value()
    provider = ElevenLabs(api_key=key, base_url=settings.elevenlabs_url, agent_id=settings.agent_id)
    return provider, None, settings.webhook_secret


def _deliverer(address: str) -> Callable[[bytes, dict[str, str]], Awaitable[None]]:
    """Posts a webhook once, as the real service does. Who stops does not hear it, and asks after the next start."""

    async def deliver(body: bytes, headers: dict[str, str]) -> None:
        try:
            async with httpx.AsyncClient(timeout=WEBHOOK_SECONDS, trust_env=False) as client:
                answer = await client.post(address, content=body, headers=headers)
        except httpx.TransportError as error:
            log.info("the practice coach's webhook was not taken (%s)", type(error).__name__)
            return
        if answer.is_error:
            log.warning("the practice coach's webhook was answered with %d", answer.status_code)

    return deliver


def _loopback(address: str) -> str:
    """How this process reaches its own server."""
    return "[::1]" if address == "::1" else "127.0.0.1"
