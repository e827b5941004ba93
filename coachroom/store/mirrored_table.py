"""A table of a database on a server of which each process keeps some columns (mirror.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MirroredTable:
    """`key`: the parts of a row's key in SQL, of the row `t`, as the source's triggers note them.

    `of_people`: its bytes may not stay once a row is gone.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    of_people: bool = False
