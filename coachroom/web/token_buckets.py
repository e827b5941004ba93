"""How often something may be done: a token bucket for each key, in bounded memory. Time is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass

MAX_KEYS = 10_000
# All keys beyond MAX_KEYS share this one.
OTHERS = ""


@dataclass(frozen=True)
class Rate:
    """At most `burst` at once, and one more each `every` seconds: in t seconds never more than burst + t / every."""

    burst: int
    every: float

    @classmethod
    def a_minute(cls, count: int) -> Rate:
        """So many at once, and as many again within a minute."""
        return cls(burst=count, every=60 / count)


class TokenBuckets:
    """One bucket a key. A bucket that is full again is forgotten; keys beyond `max_keys` share one bucket.

    So no key is ever allowed more than its rate, however many keys there are. For one event loop.
    """

    def __init__(self, rate: Rate, max_keys: int = MAX_KEYS) -> None:
        self._rate = rate
        self._max_keys = max_keys
        # When each bucket will be full: all that is to be known of it.
        self._full_at: dict[str, float] = {}
        self._look_again_at = -math.inf

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str, now: float) -> float:
        """Takes one token; 0 where there was one, else the seconds until there is. `now` in seconds never falls."""
        key = self._bucket(key, now)
        # A new key may have taken from the shared bucket before.
        before = self._full_at.get(key, self._full_at.get(OTHERS, now))
        full_at = max(before, now) + self._rate.every
        wait = full_at - now - self._rate.burst * self._rate.every
        # A sum of floats may miss by its last digit.
        if wait > 1e-6:
            return wait
        self._full_at[key] = full_at
        return 0.0

    def _bucket(self, key: str, now: float) -> str:
        if key in self._full_at:
            return key
        if len(self._full_at) >= self._max_keys and now >= self._look_again_at:
            self._full_at = {each: full_at for each, full_at in self._full_at.items() if full_at > now}
            # Not before one more is full: looking costs as much as there are keys.
            self._look_again_at = min(self._full_at.values(), default=now)
        return key if len(self._full_at) < self._max_keys else OTHERS
