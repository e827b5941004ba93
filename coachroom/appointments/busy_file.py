"""When somebody is busy, out of an iCalendar file that a stranger may have written.

A file of a few lines can say a billion dates. So it is read in a process of its own, which ends where it takes too
long or too much memory: `python -m coachroom.appointments.busy_file` reads the file and writes the times.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from coachroom.appointments.calendars import Span
from coachroom.clock import zone_named
from coachroom.errors import CoachroomError

READ_SECONDS = 10.0
MAX_MEMORY_BYTES = 1 << 30
# After those that overlap were joined.
MAX_TIMES = 5000
LAST_YEAR = 3000
_NEEDED = ("PATH", "LANG", "PYTHONTZPATH", "PYTHONHOME", "SYSTEMROOT", "VIRTUAL_ENV")
ROOT = Path(__file__).parents[2]
_TOO_MANY = "too many"


class BusyFileError(CoachroomError):
    """The file says nothing that can be used; the sentence says why."""


def read_busy_file(file: bytes, *, zone: str, own_host: str, since: datetime, until: datetime) -> list[Span]:
    """When somebody is busy in a span of time, joined and in order; naive UTC.

    `zone`: of whole days and of times without one. `own_host`: the end of the UIDs of coachroom's own appointments,
    which say nothing new. Raises BusyFileError.
    """
    command = [sys.executable, "-m", "coachroom.appointments.busy_file", zone, own_host, str(since), str(until)]
    try:
        done = subprocess.run(  # noqa: S603 - this very program
            command,
            input=file,
            capture_output=True,
            timeout=READ_SECONDS,
            cwd=ROOT,
            env=_without_secrets(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BusyFileError("This calendar takes too long to read: it may repeat something without end.") from None
    if done.returncode:
        raise BusyFileError("This is no calendar file that can be read.")
    said = json.loads(done.stdout)
    if said == _TOO_MANY:
        raise BusyFileError(f"This calendar has more than {MAX_TIMES} busy times: give one with fewer.")
    return [Span(*(datetime.fromisoformat(each) for each in span)) for span in said]


def busy_times(file: bytes, zone: ZoneInfo, own_host: str, since: datetime, until: datetime) -> list[Span]:
    """As `read_busy_file` does, in this process, without its bounds. Raises ValueError and what icalendar raises."""
    found = []
    calendars = Calendar.from_ical(file, multiple=True)
    if not calendars:
        raise ValueError("no calendar")
    for calendar in calendars:
        _end_before_the_last_year(calendar)
        query = recurring_ical_events.of(calendar, skip_bad_series=True)
        for event in query.between(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)):
            if _counts(event, own_host):
                # Something may last until the last day of time.
                span = Span(max(_moment(event.start, zone), since), min(_moment(event.end, zone), until))
                if span.begins_at < span.ends_at:
                    found.append(span)
    return joined(found)


def _end_before_the_last_year(calendar: Calendar) -> None:
    """What lasts for thousands of years reaches further back than years do when it is laid out."""
    for event in calendar.walk("VEVENT"):
        end = event.get("DTEND")
        if end is not None and end.dt.year > LAST_YEAR:
            end.dt = end.dt.replace(year=LAST_YEAR)


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order; those that overlap or touch are one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.begins_at <= found[-1].ends_at:
            found[-1] = Span(found[-1].begins_at, max(found[-1].ends_at, span.ends_at))
        else:
            found.append(span)
    return found


def _counts(event: Any, own_host: str) -> bool:
    """Whether the event takes its time: neither cancelled, nor shown as free, nor an appointment of this app."""
    said = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    free = said["TRANSP"] == "TRANSPARENT" or said["X-MICROSOFT-CDO-BUSYSTATUS"] == "FREE"
    own = str(event.get("UID", "")).lower().endswith(f"@{own_host.lower()}")
    return said["STATUS"] != "CANCELLED" and not free and not own


def _moment(when: date | datetime, zone: ZoneInfo) -> datetime:
    local = when if isinstance(when, datetime) else datetime.combine(when, time())
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def _without_secrets() -> dict[str, str]:
    """What Python needs of this process's environment: whatever reads a stranger's file is to know no key."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}


def _bound_memory() -> None:
    # Windows has no such bound; the time is bounded there as well.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def main(arguments: list[str]) -> None:
    """Reads the file from the standard input, writes the times as JSON; ends with an error where it is none."""
    zone, own_host, since, until = arguments
    _bound_memory()
    found = busy_times(
        sys.stdin.buffer.read(),
        zone_named(zone) or ZoneInfo("UTC"),
        own_host,
        datetime.fromisoformat(since),
        datetime.fromisoformat(until),
    )
    said = [[each.begins_at.isoformat(), each.ends_at.isoformat()] for each in found]
    sys.stdout.write(json.dumps(said if len(found) <= MAX_TIMES else _TOO_MANY))


if __name__ == "__main__":
    main(sys.argv[1:])
