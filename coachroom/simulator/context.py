"""What the routes and calls of one practice agent share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from coachroom.simulator.call.tts import Voice
from coachroom.simulator.mood import Moods
from coachroom.simulator.server.agent_config import Configurations
from coachroom.simulator.server.archive import Archive, PracticeCall
from coachroom.simulator.server.auth import UrlSigner
from coachroom.simulator.server.faults import Faults
from coachroom.simulator.timing import Timing

# The body and headers of one webhook.
Deliver = Callable[[bytes, dict[str, str]], Awaitable[None]]
# (Origin header or None, Host header) -> whether this page may open a conversation.
AllowedOrigins = Callable[[str | None, str], bool]


@dataclass(frozen=True)
class SimulatorContext:
    """The parts and limits of one practice agent. What each means: see PracticeAgent."""

    agent_ids: Collection[str] | None
    api_key: str | None
    signer: UrlSigner
    webhook_secret: str | None
    deliver: Deliver | None
    timing: Timing
    archive: Archive
    configurations: Configurations
    voice: Voice
    faults: Faults
    moods: Moods
    allowed_origins: AllowedOrigins
    keep_audio: bool
    max_conversations: int
    max_seconds: float

    def knows(self, agent_id: str) -> bool:
        """Whether there is such an agent now."""
        return bool(agent_id) and (self.agent_ids is None or agent_id in self.agent_ids)

    def is_half(self, record: PracticeCall) -> bool:
        """Whether the record lacks its second half now."""
        return self.faults.half_transcript or self.timing.monotonic() < record.whole_at
