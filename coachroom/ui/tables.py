"""How tall a table is. Said beforehand, what stands below it does not jump when it is drawn."""

from __future__ import annotations

ROW_PX = 35
EDGES_PX = 3
MAX_PX = 400


def table_height(rows: int) -> int:
    """Of a table with a head and so many rows, which scrolls beyond eleven; pixels."""
    return min(MAX_PX, ROW_PX * (rows + 1) + EDGES_PX)
