"""Which version a new client meets: the same for the same client and comparison, wherever it is worked out. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from coachroom.comparisons.states import Arm

# Among so many first clients few meet the candidate: what is broken shows before many have met it.
FENCE_CLIENTS = 50
FENCE_PROBABILITY = 0.1


@dataclass(frozen=True)
class Draw:
    """`probability`: how likely the client was to meet the candidate; `fence`: among the first, and not estimated."""

    arm: Arm
    probability: float
    fence: bool


def draw(comparison_id: str, client_id: str, *, share: float, drawn_before: int) -> Draw:
    """The draw for the client after so many others were drawn."""
    fence = drawn_before < FENCE_CLIENTS
    probability = min(FENCE_PROBABILITY, share) if fence else share
    digest = hashlib.sha256(f"{comparison_id}\n{client_id}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    return Draw(Arm.CANDIDATE if place < probability else Arm.STANDING, probability, fence)
