"""The unit of each column: definitions name it, and charts, tables and files say it in the same words.

A number is the same everywhere. Where that is hard to read, such as 1,512 seconds, it is read as 25.2 minutes beside
it: `reads` and `factor` say how.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """What a column counts or measures.

    `sign` follows a number; one `reads`, by which it is easier to read, is `factor` of them.
    """

    name: str
    sign: str = ""
    reads: str = ""
    factor: float = 1.0

    @property
    def said(self) -> str:
        """For files and tables: the unit, and how a reader may read it."""
        if not self.reads:
            return self.name
        if self.factor < 1:
            return f"{self.name} (1 is {1 / self.factor:g} {self.reads})"
        return f"{self.name} ({self.factor:g} {self.sign} are 1 {self.reads})"


SECONDS = Unit("seconds", "s", "min", 60)
MINUTES = Unit("minutes", "min")
MILLISECONDS = Unit("milliseconds", "ms", "s", 1000)
SHARE = Unit("share, 0 to 1", "", "%", 0.01)
DAYS = Unit("days")
COUNT = Unit("count")
WORDS = Unit("words")
TURNS = Unit("turns")
# Of numbers in one column that are of several kinds: their rows say which.
PLAIN = Unit("number")
POINTS = Unit("points")
STARS = Unit("stars, 1 to 5")
T_SCORE = Unit("T score")
