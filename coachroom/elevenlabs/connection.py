"""The official SDK with connections that can be closed, which the SDK itself does not offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from elevenlabs import ElevenLabs


class Connection:
    """ElevenLabs, or a server with the same API at `base_url`; opened at first use. Blocking; safe in threads.

    `on_answer` are called with each answer before it is read.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        timeout_seconds: float,
        on_answer: Sequence[Callable[[httpx.Response], None]] = (),
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._on_answer = list(on_answer)

    @cached_property
    def _connections(self) -> httpx.Client:
        return httpx.Client(
            timeout=self._timeout_seconds, follow_redirects=True, event_hooks={"response": self._on_answer}
        )

    @cached_property
    def client(self) -> ElevenLabs:
        from elevenlabs import ElevenLabs  # noqa: PLC0415 - most commands need none, and it takes a third of a second

        return ElevenLabs(
            api_key=self._api_key,
            base_url=self._base_url,
            timeout=self._timeout_seconds,
            httpx_client=self._connections,
        )

    def close(self) -> None:
        """In-flight requests fail."""
        if "_connections" in vars(self):
            self._connections.close()
