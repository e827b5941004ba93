"""Which tables the SQL of each package writes and reads, and which of the rules about them it breaks."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# They handle whole databases, whoever owns the tables.
EXEMPT = frozenset({"demo", "store"})
# These show or start things and ask those who own the tables.
WITHOUT_SQL = frozenset({"ui", "web", "app", "cli", "charts"})

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_WRITE = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+(\w+)", re.I)
# `DO UPDATE SET` of an upsert names no table, `IS DISTINCT FROM` no source.
_UPSERT = re.compile(r"\bDO\s+UPDATE\s+SET\b", re.I)
_DISTINCT = re.compile(r"\bIS\s+(?:NOT\s+)?DISTINCT\s+FROM\b", re.I)
# A source, its alias, and further sources after commas.
_ALIAS = r"(?:\s+(?:AS\s+)?(?!(?:JOIN|LEFT|RIGHT|INNER|CROSS|FULL|ON|WHERE|GROUP|ORDER|UNION|LIMIT|SET)\b)\w+)?"
_SOURCES = re.compile(rf"\b(?:FROM|JOIN|USING)\s+(\w+{_ALIAS}(?:\s*,\s*\w+{_ALIAS})*)", re.I)
_CREATED = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
# In capitals, as all SQL here is: a sentence that begins with "Update" is none.
_SQL = re.compile(
    r"\s*(?:SELECT|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|MERGE INTO|TRUNCATE|WITH \w+ AS)\s"
)


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


def created_tables(package: Path) -> frozenset[str]:
    """The tables that the migrations in `package` create."""
    return frozenset(
        name.lower()
        for path in sorted((package / "store" / "migrations").glob("*.sql"))
        for name in _CREATED.findall(path.read_text(encoding="utf-8"))
    )


def floors(pyproject: Path) -> dict[str, int]:
    """How high each package is in the import contract of `pyproject`; the lowest is 0."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    return {
        name.strip(): height for height, layer in enumerate(reversed(layers)) for name in re.split(r"[|:]", layer)
    }


def sql_in(package: Path) -> Iterator[tuple[str, str, str]]:
    """Owner, file and text of all SQL in `package`: .sql files, and strings in .py files that begin as SQL does."""
    for path in sorted(package.rglob("*.sql")):
        yield _owner(package, path), path.name, path.read_text(encoding="utf-8")
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value + " "):
                yield _owner(package, path), path.name, node.value


def owners(package: Path) -> dict[str, set[str]]:
    """Which packages write each table."""
    tables, found = created_tables(package), dict[str, set[str]]()
    for owner, _, sql in sql_in(package):
        if owner not in EXEMPT:
            for table in table_use(sql, tables).writes:
                found.setdefault(table, set()).add(owner)
    return found


def broken_rules(package: Path, height: Mapping[str, int]) -> list[str]:
    """Where a table has two writers or is read from below its owner, and where SQL is that should not be."""
    tables, written_by = created_tables(package), owners(package)
    found = [
        f"{table} is written by {' and '.join(sorted(writers))}"
        for table, writers in sorted(written_by.items())
        if len(writers) > 1
    ]
    for owner, file, sql in sql_in(package):
        if owner in WITHOUT_SQL:
            found.append(f"{owner}/{file} holds SQL")
        elif owner not in EXEMPT:
            for table in sorted(table_use(sql, tables).reads & set(written_by)):
                above = [writer for writer in sorted(written_by[table]) if height[writer] > height[owner]]
                found += [f"{owner}/{file} reads {table} of {writer}" for writer in above]
    return found


def _owner(package: Path, path: Path) -> str:
    """The name in the import contract: of the package's own folder or module."""
    return path.relative_to(package).parts[0].partition(".")[0]
