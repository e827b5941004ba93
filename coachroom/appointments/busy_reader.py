"""Reads an iCalendar file from the standard input and writes when its owner is busy: a process of its own.

`python -m coachroom.appointments.busy_reader ZONE OWN_HOST SINCE UNTIL`, as `busy_file` starts it.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from coachroom.appointments.busy_file import MAX_TIMES, READ_SECONDS, TOO_MANY
from coachroom.appointments.calendars import Span
from coachroom.clock import zone_named

MAX_MEMORY_BYTES = 1 << 30
# One with a 29 February, to which any day can be set.
LAST_YEAR = 2996
# Of the processor's time, for all entries at once; and for one, where all took longer or one was broken.
ALL_SECONDS, ENTRY_SECONDS = 2.0, 0.3
# Outlook's states in which somebody can be met, though the entry stands in their calendar.
REACHABLE = {"FREE", "WORKINGELSEWHERE"}
# Outlook names a zone `tzone://Microsoft/Custom`, others `GMT+02:00`, and none of them quotes it.
_ZONE_WITH_COLON = re.compile(
    rb"^((?:DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE);(?:[^:\r\n\"]*;)?TZID=)([^\":;,\r\n]*:[^\";,\r\n]*)(:\d{8})",
    re.MULTILINE,
)


class _TooLong(BaseException):
    """What is laid out has more dates than anybody waits for. No Exception, as libraries catch those."""


@dataclass(frozen=True)
class _Wanted:
    """`zone`: of whole days and of times without one. `own_host`: the end of our own UIDs. Naive UTC."""

    zone: ZoneInfo
    own_host: str
    since: datetime
    until: datetime


def busy_times(file: bytes, zone: ZoneInfo, own_host: str, since: datetime, until: datetime) -> list[Span]:
    """As `read_busy_file` does, in this process, without its bounds. Raises ValueError and what icalendar raises."""
    calendars = Calendar.from_ical(_ZONE_WITH_COLON.sub(rb'\1"\2"\3', file), multiple=True)
    if not calendars:
        raise ValueError("no calendar")
    wanted = _Wanted(zone, own_host, since, until)
    return joined(span for calendar in calendars for span in _all_that_can_be_read(calendar, wanted))


def _all_that_can_be_read(calendar: Component, wanted: _Wanted) -> list[Span]:
    """The times of all entries. Whoever invites somebody puts an entry there: neither a broken one nor one that takes
    for ever may hide the others.

    Raises ValueError where no entry can be read.
    """
    # Google names a calendar by its owner's address.
    owner = str(calendar.get("X-WR-CALNAME", ""))
    try:
        with _at_most(ALL_SECONDS):
            return _times_of(calendar, owner, wanted)
    except (Exception, _TooLong):
        found, readable = [], False
        for entry in _entries(calendar):
            with contextlib.suppress(Exception, _TooLong), _at_most(ENTRY_SECONDS):
                found += _times_of(entry, owner, wanted)
                readable = True
        if not readable:
            raise ValueError("no entry can be read") from None
        return found


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raises _TooLong once the block has taken so much of the processor's time. Windows has no such timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGVTALRM, _give_up)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _give_up(*_: object) -> None:
    raise _TooLong


def _entries(calendar: Component) -> list[Component]:
    """A calendar for each entry, which is all events of one UID, with all time zones."""
    zones = calendar.walk("VTIMEZONE")
    by_uid: dict[str, list[Component]] = {}
    for event in (*calendar.walk("VEVENT"), *calendar.walk("VFREEBUSY")):
        by_uid.setdefault(str(event.get("UID", "")), []).append(event)
    entries: list[Component] = []
    for events in by_uid.values():
        entry = Calendar()
        for component in (*zones, *events):
            entry.add_component(component)
        entries.append(entry)
    return entries


def _times_of(calendar: Component, owner: str, wanted: _Wanted) -> list[Span]:
    spans = [*_event_times(calendar, owner, wanted), *_stated_times(calendar, wanted.zone)]
    # Something may last until the last day of time.
    within = (Span(max(each.begins_at, wanted.since), min(each.ends_at, wanted.until)) for each in spans)
    return [each for each in within if each.begins_at < each.ends_at]


def _event_times(calendar: Component, owner: str, wanted: _Wanted) -> Iterator[Span]:
    _end_before_the_last_year(calendar)
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    for event in query.between(wanted.since.replace(tzinfo=UTC), wanted.until.replace(tzinfo=UTC)):
        if _counts(event, wanted.own_host, owner):
            begin, end = event.start, event.end
            if begin == end and not isinstance(begin, datetime):
                end += timedelta(days=1)
            yield Span(_moment(begin, wanted.zone), _moment(end, wanted.zone))


def _stated_times(calendar: Component, zone: ZoneInfo) -> Iterator[Span]:
    """Those of an address that gives nothing but free and busy times."""
    for component in calendar.walk("VFREEBUSY"):
        periods = component.get("FREEBUSY", [])
        for each in periods if isinstance(periods, list) else [periods]:
            if each.params.get("FBTYPE", "BUSY").upper() != "FREE":
                yield Span(_moment(each.start, zone), _moment(each.end, zone))


def _end_before_the_last_year(calendar: Component) -> None:
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


def _counts(event: Any, own_host: str, owner: str) -> bool:
    """Whether the event takes its time: neither cancelled, nor declined, nor free, nor an appointment of this app."""
    said = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    free = said["TRANSP"] == "TRANSPARENT" or said["X-MICROSOFT-CDO-BUSYSTATUS"] in REACHABLE
    own = str(event.get("UID", "")).lower().endswith(f"@{own_host.lower()}")
    return said["STATUS"] != "CANCELLED" and not free and not own and not _has_declined(event, owner)


def _has_declined(event: Any, owner: str) -> bool:
    attendees = event.get("ATTENDEE", [])
    return any(
        each.lower() == f"mailto:{owner.lower()}" and each.params.get("PARTSTAT", "").upper() == "DECLINED"
        for each in (attendees if isinstance(attendees, list) else [attendees])
    )


def _moment(when: date | datetime, zone: ZoneInfo) -> datetime:
    local = when if isinstance(when, datetime) else datetime.combine(when, time())
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def _bound_memory_and_time() -> None:
    # Windows has no such bounds, and macOS refuses that of memory; whoever started this waits for so long alone.
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415

        for kind, soft, hard in (
            (resource.RLIMIT_AS, MAX_MEMORY_BYTES, MAX_MEMORY_BYTES),
            # Where both are the same the signal does not say which limit it was.
            (resource.RLIMIT_CPU, READ_SECONDS, READ_SECONDS + 1),
            # The end by the limit before leaves no copy of somebody's calendar on the disk.
            (resource.RLIMIT_CORE, 0, 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (soft, hard))


def main(arguments: list[str]) -> None:
    """Reads the file from the standard input, writes the times as JSON; ends with an error where it is none."""
    zone, own_host, since, until = arguments
    _bound_memory_and_time()
    found = busy_times(
        sys.stdin.buffer.read(),
        zone_named(zone) or ZoneInfo("UTC"),
        own_host,
        datetime.fromisoformat(since),
        datetime.fromisoformat(until),
    )
    said = [[each.begins_at.isoformat(), each.ends_at.isoformat()] for each in found]
    sys.stdout.write(json.dumps(said if len(found) <= MAX_TIMES else TOO_MANY))


if __name__ == "__main__":
    main(sys.argv[1:])
