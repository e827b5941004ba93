"""Which tables a SQL text writes and reads, as far as ownership needs it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_WRITE = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+(\w+)", re.I)
# `DO UPDATE SET` of an upsert names no table, `IS DISTINCT FROM` no source.
_UPSERT = re.compile(r"\bDO\s+UPDATE\s+SET\b", re.I)
_DISTINCT = re.compile(r"\bIS\s+(?:NOT\s+)?DISTINCT\s+FROM\b", re.I)
# A source, its alias, and further sources after commas.
_ALIAS = r"(?:\s+(?:AS\s+)?(?!(?:JOIN|LEFT|RIGHT|INNER|CROSS|FULL|ON|WHERE|GROUP|ORDER|UNION|LIMIT|SET)\b)\w+)?"
_SOURCES = re.compile(rf"\b(?:FROM|JOIN)\s+(\w+{_ALIAS}(?:\s*,\s*\w+{_ALIAS})*)", re.I)


@dataclass(frozen=True)
class TableUse:
    """The tables, of those that exist, that a text writes and reads."""

    writes: frozenset[str]
    reads: frozenset[str]


def table_use(sql: str, tables: Collection[str]) -> TableUse:
    """What one SQL text does with `tables`; names in comments and in quoted text do not count."""
    plain = _DISTINCT.sub(" ", _UPSERT.sub(" ", _TEXT.sub("''", _COMMENT.sub(" ", sql))))
    writes = {name.lower() for name in _WRITE.findall(plain)}
    rest = re.sub(r"\b(DELETE\s+FROM|INTO|UPDATE)\s+\w+", " ", plain, flags=re.I)
    reads = {source.split()[0].lower() for sources in _SOURCES.findall(rest) for source in sources.split(",")}
    return TableUse(frozenset(writes & set(tables)), frozenset(reads & set(tables)))
