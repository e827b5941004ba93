"""What numbers are uncertain by."""

from __future__ import annotations

import math

# The normal distribution's quantile for a 95 % interval.
Z = 1.959963984540054


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (0 to 1) among `n` cases; NaN and NaN where nothing was counted."""
    if not n > 0 or math.isnan(share):
        return math.nan, math.nan
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
