"""When somebody is busy, out of an iCalendar file that a stranger may have written.

A file of a few lines can say a billion dates. So it is read in a process of its own, which ends where it takes too
long or too much memory (`busy_reader`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from coachroom.appointments.calendars import Span
from coachroom.errors import CoachroomError

# Of the processor's time, as a busy machine takes longer for the same; and by the clock, where that is not bounded.
READ_SECONDS, WAIT_SECONDS = 10, 60
TOO_LONG = "This calendar takes too long to read: it may repeat something without end."
# After those that overlap were joined.
MAX_TIMES = 5000
_NEEDED = ("PATH", "LANG", "PYTHONTZPATH", "PYTHONHOME", "SYSTEMROOT", "VIRTUAL_ENV")
ROOT = Path(__file__).parents[2]
TOO_MANY = "too many"


class BusyFileError(CoachroomError):
    """The file says nothing that can be used; the sentence says why."""


def read_busy_file(file: bytes, *, zone: str, own_host: str, since: datetime, until: datetime) -> list[Span]:
    """When somebody is busy in a span of time, joined and in order; naive UTC.

    `zone`: of whole days and of times without one. `own_host`: the end of the UIDs of coachroom's own appointments,
    which say nothing new. Raises BusyFileError.
    """
    command = [sys.executable, "-m", "coachroom.appointments.busy_reader", zone, own_host, str(since), str(until)]
    try:
        done = subprocess.run(  # noqa: S603 - this very program
            command,
            input=file,
            capture_output=True,
            timeout=WAIT_SECONDS,
            cwd=ROOT,
            env=_without_secrets(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BusyFileError(TOO_LONG) from None
    # Windows has no such signal.
    if hasattr(signal, "SIGXCPU") and done.returncode == -signal.SIGXCPU:
        raise BusyFileError(TOO_LONG)
    if done.returncode:
        raise BusyFileError("This is no calendar file that can be read.")
    said = json.loads(done.stdout)
    if said == TOO_MANY:
        raise BusyFileError(f"This calendar has more than {MAX_TIMES} busy times: give one with fewer.")
    return [Span(*(datetime.fromisoformat(each) for each in span)) for span in said]


def _without_secrets() -> dict[str, str]:
    """What Python needs of this process's environment: whatever reads a stranger's file is to know no key."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}
