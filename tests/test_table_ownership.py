"""A table is written by one package, and read by that package and those above it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server import ROOT
from tests.table_use import broken_rules, created_tables, floors, owners, sql_in, table_use

PACKAGE = ROOT / "coachroom"
CONTRACT = ROOT / "pyproject.toml"
HEIGHT = {"ui": 3, "app": 2, "upper": 1, "lower": 0, "beside": 0, "store": 0, "demo": 1}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Two tables: `upper` writes `numbers` from `words`, which `lower` writes."""
    put(tmp_path, "store/migrations/0001_all.sql", "CREATE TABLE words (x TEXT);\nCREATE TABLE numbers (x INTEGER);")
    put(tmp_path, "lower/words.sql", "-- name: add\nINSERT INTO words VALUES ($1)")
    put(tmp_path, "upper/numbers.sql", "-- name: count\nINSERT INTO numbers SELECT count(*) FROM words")
    put(tmp_path, "ui/page.py", 'st.write("Select one of these, or update your words.")')
    return tmp_path


def put(package: Path, file: str, text: str) -> None:
    path = package / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_there_are_tables_and_packages_to_look_at() -> None:
    assert len(created_tables(PACKAGE)) > 20
    packages = {owner for owner, _, _ in sql_in(PACKAGE)}
    assert {"recording", "rooms", "coaching", "people", "agent", "metrics", "caseload"} <= packages
    assert packages <= set(floors(CONTRACT))


def test_every_table_has_one_owner_and_is_read_from_above() -> None:
    assert broken_rules(PACKAGE, floors(CONTRACT)) == []


def test_the_documentation_names_the_owner_of_every_table() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| `(\w+)` \|$", text, re.MULTILINE)
    named = {table: {owner} for tables, owner in lines for table in re.findall(r"`(\w+)`", tables)}
    assert named == owners(PACKAGE)


def test_the_owner_of_a_table_is_who_writes_it(package: Path) -> None:
    assert owners(package) == {"words": {"lower"}, "numbers": {"upper"}}


def test_reading_what_is_below_breaks_no_rule(package: Path) -> None:
    assert broken_rules(package, HEIGHT) == []


def test_a_second_writer_breaks_a_rule(package: Path) -> None:
    put(package, "beside/more.sql", "-- name: forget\nDELETE FROM words WHERE x = $1")
    assert broken_rules(package, HEIGHT) == ["words is written by beside and lower"]


def test_reading_what_is_above_breaks_a_rule(package: Path) -> None:
    put(package, "lower/peek.sql", "-- name: peek\nSELECT w.x FROM words w LEFT JOIN numbers n ON n.x = w.x")
    assert broken_rules(package, HEIGHT) == ["lower/peek.sql reads numbers of upper"]


def test_reading_what_is_on_the_same_floor_breaks_no_rule(package: Path) -> None:
    put(package, "beside/look.sql", "-- name: look\nSELECT x FROM words")
    assert broken_rules(package, HEIGHT) == []


def test_sql_inside_a_module_counts_as_sql_in_a_file_does(package: Path) -> None:
    put(package, "lower/peek.py", 'QUERY = """\nSELECT x FROM numbers\n"""')
    put(package, "beside/more.py", 'transaction.execute(f"DELETE FROM words WHERE x = {x}")')
    assert broken_rules(package, HEIGHT) == [
        "words is written by beside and lower",
        "lower/peek.py reads numbers of upper",
    ]


@pytest.mark.parametrize("file", ["ui/page.sql", "app/start.sql"])
def test_those_who_show_things_hold_no_sql_file(package: Path, file: str) -> None:
    put(package, file, "-- name: all\nSELECT x FROM words")
    assert broken_rules(package, HEIGHT) == [f"{file} holds SQL"]


def test_those_who_show_things_hold_no_sql_string(package: Path) -> None:
    put(package, "ui/page.py", 'store.frame("SELECT x FROM words")')
    assert broken_rules(package, HEIGHT) == ["ui/page.py holds SQL"]


@pytest.mark.parametrize("file", ["demo/fill.sql", "store/seed_import.sql"])
def test_those_who_handle_whole_databases_are_exempt(package: Path, file: str) -> None:
    put(package, file, "-- name: fill\nINSERT INTO words SELECT x FROM numbers")
    assert broken_rules(package, HEIGHT) == []


@pytest.mark.parametrize(
    ("sql", "writes", "reads"),
    [
        ("INSERT INTO a (x) SELECT x FROM b JOIN c ON TRUE", {"a"}, {"b", "c"}),
        ("INSERT OR REPLACE INTO a SELECT x FROM b", {"a"}, {"b"}),
        ("INSERT INTO a VALUES ($1) ON CONFLICT (x) DO UPDATE SET y = 1", {"a"}, set()),
        ("UPDATE a SET x = (SELECT max(y) FROM b)", {"a"}, {"b"}),
        ("DELETE FROM a WHERE x IN (SELECT x FROM b)", {"a"}, {"b"}),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", {"a"}, {"b"}),
        ("SELECT * FROM a, b -- FROM c", set(), {"a", "b"}),
        ("SELECT 'FROM c' FROM a WHERE x IS DISTINCT FROM b.y", set(), {"a"}),
        ("WITH z AS (SELECT * FROM a) SELECT * FROM z", set(), {"a"}),
    ],
)
def test_what_a_text_writes_and_reads_is_found(sql: str, writes: set[str], reads: set[str]) -> None:
    use = table_use(sql, {"a", "b", "c"})
    assert (use.writes, use.reads) == (writes, reads)
