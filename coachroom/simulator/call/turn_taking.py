"""When the practice agent takes its turn, as its configuration has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coachroom.simulator.call.vad import PAUSE_S

# The pause that ends a turn; the real service has no number for it, and judges by more than time.
PAUSES_S = {"patient": 1.8, "normal": PAUSE_S, "eager": 0.35}
# How long `user_activity` keeps the agent from starting to speak.
HOLD_S = 2.0


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """Seconds: the pause that ends a turn, the silence after which the agent asks, and that which ends the call."""

    pause: float = PAUSE_S
    asks_after: float | None = None
    hangs_up_after: float | None = None

    @classmethod
    def configured(cls, turn: Mapping[str, Any]) -> TurnTaking:
        """From `conversation_config.turn`; -1 means never."""

        def seconds(key: str) -> float | None:
            given = turn.get(key)
            return float(given) if given is not None and given > 0 else None

        return cls(
            pause=PAUSES_S.get(str(turn.get("turn_eagerness")), PAUSE_S),
            asks_after=seconds("turn_timeout"),
            hangs_up_after=seconds("silence_end_call_timeout"),
        )
