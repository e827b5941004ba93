"""How long the agent waits for what a client said before, where much is on record of them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from coachroom.agent.recall import MAX_TURNS
from coachroom.coaching.memory import MAX_MEMORIES
from coachroom.rooms.states import EndReason
from tests.services import ANA, NOON, delivery, enter, opened, said

TIMES = 40
WORDS_EACH = 14
SEED = 7


@dataclass(frozen=True)
class RecallTime:
    """Milliseconds with MAX_MEMORIES memories and MAX_TURNS turns of the client."""

    p50: float
    p95: float


def measure_recall() -> RecallTime:
    """One client with all that is looked through, asked for a word of theirs, over and over."""
    chance = random.Random(SEED)
    vocabulary = [f"word{chance.randrange(10**6)}" for _ in range(3_000)]

    def text() -> str:
        return " ".join(chance.choices(vocabulary, k=WORDS_EACH))

    with TemporaryDirectory() as folder, opened(Path(folder)) as services:
        before = enter(services)
        for begin in range(0, MAX_TURNS, 100):
            turns = (said(n + 1, text(), at=NOON + timedelta(seconds=n)) for n in range(begin, begin + 100))
            services.intake.receive(before.id, delivery(*turns))
        services.sessions.end(before.id, EndReason.CLIENT)
        for _ in range(MAX_MEMORIES):
            services.coaching.memory.write(ANA, text())
        session = enter(services)
        times = []
        for n in range(TIMES):
            about = " ".join(chance.choices(vocabulary, k=3))
            begun = perf_counter()
            services.tools.call(session, f"call {n}", "recall", {"about": about})
            times.append((perf_counter() - begun) * 1000)
    cuts = quantiles(times, n=20)
    return RecallTime(p50=cuts[9], p95=cuts[18])
