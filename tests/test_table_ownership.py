"""A table is written by one package, and read by that package and those above it."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.server import ROOT
from tests.table_use import table_use

PACKAGE = ROOT / "coachroom"
# They handle whole databases, whoever owns the tables.
EXEMPT = {"demo", "store"}
# These show or start things and ask those who own the tables.
WITHOUT_SQL = ("ui", "web", "app", "cli", "charts")
TABLES = frozenset(
    name.lower()
    for path in sorted((PACKAGE / "store" / "migrations").glob("*.sql"))
    for name in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", path.read_text(encoding="utf-8"))
)


def floors() -> dict[str, int]:
    """How high each package is in the import contract; the lowest is 0."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(each["layers"] for each in contract["contracts"] if each["type"] == "layers")
    return {
        name.strip(): height for height, layer in enumerate(reversed(layers)) for name in re.split(r"[|:]", layer)
    }


def uses() -> dict[str, list[tuple[str, set[str], set[str]]]]:
    """For each package the files of SQL in it, with the tables that each writes and reads."""
    found: dict[str, list[tuple[str, set[str], set[str]]]] = {}
    for path in sorted(PACKAGE.rglob("*.sql")):
        package = path.relative_to(PACKAGE).parts[0]
        if package not in EXEMPT:
            use = table_use(path.read_text(encoding="utf-8"), TABLES)
            found.setdefault(package, []).append((path.name, set(use.writes), set(use.reads)))
    return found


def owners() -> dict[str, set[str]]:
    """Which packages write each table."""
    found: dict[str, set[str]] = {}
    for package, files in uses().items():
        for _, writes, _ in files:
            for table in writes:
                found.setdefault(table, set()).add(package)
    return found


def test_there_are_tables_and_packages_to_look_at() -> None:
    assert len(TABLES) > 20
    assert {"recording", "rooms", "coaching", "people", "metrics"} <= set(uses())
    assert set(uses()) <= set(floors())


def test_a_table_is_written_by_one_package() -> None:
    assert {table: sorted(packages) for table, packages in owners().items() if len(packages) > 1} == {}


def test_a_table_is_read_by_its_owner_and_the_packages_above_it() -> None:
    height, owner = floors(), {table: min(packages) for table, packages in owners().items()}
    wrong = [
        f"{package}/{file} reads {table} of {owner[table]}"
        for package, files in uses().items()
        for file, _, reads in files
        for table in sorted(reads)
        if table in owner and height[package] < height[owner[table]]
    ]
    assert wrong == []


@pytest.mark.parametrize("package", WITHOUT_SQL)
def test_those_who_show_things_hold_no_sql(package: str) -> None:
    assert [str(path) for path in (PACKAGE / package).rglob("*.sql")] == []
    for path in (PACKAGE / package).rglob("*.py"):
        assert not re.search(r'"(SELECT|INSERT|UPDATE|DELETE) ', path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("sql", "writes", "reads"),
    [
        ("INSERT INTO a (x) SELECT x FROM b JOIN c ON TRUE", {"a"}, {"b", "c"}),
        ("INSERT INTO a VALUES ($1) ON CONFLICT (x) DO UPDATE SET y = 1", {"a"}, set()),
        ("UPDATE a SET x = (SELECT max(y) FROM b)", {"a"}, {"b"}),
        ("DELETE FROM a WHERE x IN (SELECT x FROM b)", {"a"}, {"b"}),
        ("SELECT * FROM a, b -- FROM c", set(), {"a", "b"}),
        ("SELECT 'FROM c' FROM a WHERE x IS DISTINCT FROM b.y", set(), {"a"}),
        ("WITH z AS (SELECT * FROM a) SELECT * FROM z", set(), {"a"}),
    ],
)
def test_what_a_text_writes_and_reads_is_found(sql: str, writes: set[str], reads: set[str]) -> None:
    use = table_use(sql, {"a", "b", "c"})
    assert (use.writes, use.reads) == (writes, reads)
