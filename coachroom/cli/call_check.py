"""What `coachroom call-check` does: one scripted call, and what it showed."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from coachroom import settings as settings_module
from coachroom.agent_config.spec import read_agent_file
from coachroom.agent_config.testing.briefing import briefing
from coachroom.agent_config.testing.scripts import ClientRecord
from coachroom.app.agent_connection import elevenlabs
from coachroom.call_check.call import check_call
from coachroom.call_check.findings import Findings
from coachroom.call_check.script import SCRIPT, CallScript, expected_seconds
from coachroom.charts.formatting import some
from coachroom.cli.output import clean, print_table
from coachroom.cli.practice_provider import practice_provider
from coachroom.clock import utc_now
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.settings import Settings
from coachroom.simulator.call.tts import Voice

ENDED_EARLY = 1
PARTS = {
    "felt": "end of voice to first sound",
    "end_to_transcript": "end of voice to transcript",
    "transcript_to_sound": "transcript to first sound",
}


def check(*, practice: bool, as_json: bool, script: CallScript = SCRIPT) -> int:
    """Holds the call and prints what it showed. Exit status 1 where the call was over before its script was."""
    settings = settings_module.load()
    practising = practice or settings.elevenlabs_api_key is None
    voice = Voice()

    def speak(words: str) -> bytes:
        return voice.say(words, "en")

    print(_cost(expected_seconds(script, speak), practising=practising), file=sys.stderr, flush=True)
    with _provider(settings, practising=practising) as provider:
        known = briefing(ClientRecord(), utc_now())
        found = check_call(provider.signed_url(), script, known, speak)
    if as_json:
        agent = "practice coach" if practising else "ElevenLabs"
        print(json.dumps({"agent": agent, **found.as_json()}, indent=2))
    else:
        _print(found)
    return ENDED_EARLY if found.ended else 0


def _cost(seconds: float, *, practising: bool) -> str:
    minutes = some(max(1, math.ceil(seconds / 60)), "minute")
    if practising:
        return f"This call takes about {minutes} with the practice coach, which costs nothing."
    return f"This call takes about {minutes} of the agent's time at ElevenLabs, which is charged."


@contextmanager
def _provider(settings: Settings, *, practising: bool) -> Iterator[ElevenLabs]:
    if practising:
        with practice_provider(settings, read_agent_file(settings)) as provider:
            yield provider
        return
    provider = elevenlabs(settings)
    try:
        yield provider
    finally:
        provider.close()


def _print(found: Findings) -> None:
    rows = [(f"{pause.seconds:g} s", "cut in" if pause.cut_in else "waited") for pause in found.pauses]
    print_table(("pause in a thought", "the agent"), rows)
    print(f"\nCut-ins: {found.cut_ins} of {len(found.pauses)} pauses.\n")
    waits = found.waits()
    print_table(
        ("milliseconds", "answers", "p50", "p95"),
        [
            (name, *(f"{waits[part][number]:.0f}" for number in ("answers", "p50", "p95")))
            for part, name in PARTS.items()
            if part in waits
        ],
    )
    if found.unanswered:
        print(f"Not answered: {found.unanswered} thoughts.")
    silenced = "did not come to it" if found.silenced_ms is None else f"{found.silenced_ms:.0f} ms"
    print(f"\nFrom an interruption to silence: {silenced}.")
    print(f"Goodbye: {_goodbye(found)}.")
    print(f"The call took {found.seconds / 60:.1f} minutes.")
    if found.ended:
        print(f"It was over before its script was: {clean(found.ended)}")


def _goodbye(found: Findings) -> str:
    goodbye = found.goodbye
    if not goodbye.hung_up:
        return "the agent did not hang up"
    return "heard to the end" if goodbye.complete else f"cut off by {goodbye.lost_seconds:.1f} s"
