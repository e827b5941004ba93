"""What is budgeted: minutes of calls, calls, and signed addresses; a client's day, the community's day and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from coachroom.settings import UNLIMITED, Settings


class Kind(StrEnum):
    MINUTES = "minutes"
    CALLS = "calls"
    ADDRESSES = "addresses"


class Period(StrEnum):
    """Whose budget, and how long it lasts."""

    CLIENT_DAY = "client_day"
    COMMUNITY_DAY = "community_day"
    COMMUNITY_MONTH = "community_month"


@dataclass(frozen=True)
class Amounts:
    """How much of each kind: budgeted (infinite where unlimited), used or left."""

    minutes: float = 0
    calls: float = 0
    addresses: float = 0

    def of(self, kind: Kind) -> float:
        """The amount of one kind."""
        return float(getattr(self, kind.value))

    def plus(self, other: Amounts) -> Amounts:
        """Both together."""
        return Amounts(*(self.of(kind) + other.of(kind) for kind in Kind))

    def without(self, used: Amounts) -> Amounts:
        """What is left when `used` is taken away, never less than nothing."""
        return Amounts(*(max(0, self.of(kind) - used.of(kind)) for kind in Kind))


NOTHING = Amounts()
ByPeriod = Mapping[Period, Amounts]


def budget_of(settings: Settings) -> ByPeriod:
    """The budget of each period."""

    def quota(period: Period, kind: Kind) -> float:
        whose, span = period.value.split("_")
        value = getattr(settings, f"{whose}_{kind.value}_per_{span}")
        return inf if value == UNLIMITED else value

    return {period: Amounts(*(quota(period, kind) for kind in Kind)) for period in Period}
