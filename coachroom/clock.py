"""Time and identifiers as arguments: everything below the pages takes a `Clock`, nothing calls now() itself."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, as the naive UTC datetime that all stored times are."""
    return datetime.now(UTC).replace(tzinfo=None)


def from_iso(text: str) -> datetime:
    """A naive UTC datetime from ISO 8601 text; text without an offset is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError as error:
        raise ValueError(f"{text} is before the first or after the last year") from error


def to_iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z, as browsers write it."""
    return moment.isoformat(timespec="milliseconds") + "Z"


def short_date(day: date) -> str:
    """A day for people to read, such as "9 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"


def long_date(day: date) -> str:
    """The same in full, such as "9 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def zone_named(name: str | None) -> ZoneInfo | None:
    """The time zone of this name; None where there is none of it, whatever a browser may call its own."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def there(moment: datetime, zone: ZoneInfo) -> datetime:
    """A naive UTC datetime on a clock in `zone`, as aware datetime."""
    return moment.replace(tzinfo=UTC).astimezone(zone)


def day_there(moment: datetime, zone: ZoneInfo) -> date:
    """The day that it is in `zone` at a naive UTC moment."""
    return there(moment, zone).date()


def days_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> int:
    """How many midnights of `zone` lie between two naive UTC moments: 1 from yesterday evening to this morning."""
    return (day_there(later, zone) - day_there(earlier, zone)).days


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, at most `longest`: how long whoever tries again and again waits."""
    # What is tried for ever outgrows no timedelta.
    return min(first * (1 << min(times, 32)), longest)


def new_id(now: datetime) -> str:
    """A UUIDv7: sorts by time and, within a millisecond, by order of making: primary keys grow at their end."""
    milliseconds = int(now.replace(tzinfo=UTC).timestamp() * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | _place_within(milliseconds) << 64 | secrets.randbits(64)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


_made: tuple[int, int] = (0, 0)
_making = threading.Lock()


def _place_within(milliseconds: int) -> int:
    """How many ids this process has made in this millisecond already, from 0 to 4095 and round again."""
    global _made  # noqa: PLW0603 - ids made one after another must sort so, whoever makes them
    with _making:
        before, count = _made
        _made = (milliseconds, (count + 1) % 4096 if before == milliseconds else 0)
        return _made[1]


def new_secret_id() -> str:
    """192 random bits, URL-safe: for what must not be guessed, such as a room's address."""
    return secrets.token_urlsafe(24)
