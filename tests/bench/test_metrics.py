"""The metrics' bench at a small size: the other engines agree, and what it checks can fail."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from coachroom.metrics.definitions import definition
from coachroom.metrics.run import statement
from tests.bench import metrics
from tests.bench.cases import CASES, Case
from tests.bench.compare import difference
from tests.bench.dashboards import measure_dashboards
from tests.bench.invented import Data, prepare
from tests.bench.peers.duck import Duck
from tests.bench.peers.pandas_child import Pandas
from tests.bench.peers.peer import Answer, MissingPeerError, NotExpressibleError, NotFinishedError
from tests.bench.peers.postgres import Postgres, numbered
from tests.bench.peers.sqlite import Sqlite
from tests.bench.watched import WatchedStore
from tests.postgres_cluster import MissingPostgresError, running_cluster
from tools import ensure_postgres

SESSIONS, CLIENTS = 2_000, 200
SMALL = ["--sessions", str(SESSIONS), "--clients", str(CLIENTS)]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def data(scratch: Path) -> Data:
    return prepare(scratch, sessions=SESSIONS, clients=CLIENTS)


def test_sqlite_and_pandas_give_duckdbs_answer_to_every_metric(
    data: Data, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bench.peers.peer.REPEATS", 1)
    results, about = metrics.compare(data, scratch, ["sqlite", "pandas"])
    assert [result.case for result in results] == list(CASES)
    assert not any(result.differences for result in results), [result.differences for result in results]
    # What rests on draws by chance is compared with the reference of the metrics' own tests.
    silent = {
        result.case.name for result in results if not all(isinstance(each, Answer) for each in result.theirs.values())
    }
    assert silent == {"approach_followed", "version_comparison", "version_failures"}
    assert len(about) == 3


def test_the_community_is_made_once(data: Data, scratch: Path) -> None:
    made = data.file("session_facts").stat().st_mtime_ns
    assert prepare(scratch, sessions=SESSIONS, clients=CLIENTS) == data
    assert data.file("session_facts").stat().st_mtime_ns == made
    assert data.turns > 10 * SESSIONS


def test_an_engine_that_says_something_else_fails_the_bench(
    data: Data, scratch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Wrong(Duck):
        name = "Wrong"

        def once(self, case: Case) -> Answer:
            answer = super().once(case)
            return replace(answer, frame=answer.frame.assign(promoters=answer.frame["promoters"] + 1))

    asked = [*SMALL, "--scratch", str(scratch), "--metrics", "nps", "--roles", "--peers"]
    assert metrics.main([*asked, "sqlite"]) == 0
    monkeypatch.setitem(metrics.PEERS, "sqlite", lambda data, _: Wrong(data))
    written = scratch / "benchmarks.md"
    assert metrics.main([*asked, "sqlite", "--write", str(written)]) == 1
    said = capsys.readouterr().out
    assert "| another answer |" in said
    assert "Wrong gives another answer for nps: promoters of row 1 is" in said
    assert said.endswith(written.read_text(encoding="utf-8") + "\n")


def test_a_report_that_is_written_again_keeps_the_sections_that_others_wrote(data: Data, scratch: Path) -> None:
    written = scratch / "again.md"
    written.write_text("# An older report\n\n## Deliveries\n\nMeasured by hand.\n", encoding="utf-8")
    asked = [*SMALL, "--scratch", str(scratch), "--metrics", "nps", "--roles", "--peers", "--write", str(written)]
    assert metrics.main(asked) == 0
    text = written.read_text(encoding="utf-8")
    assert "An older report" not in text
    assert text.endswith("\n## Deliveries\n\nMeasured by hand.\n")


def test_every_kind_of_difference_is_seen(data: Data) -> None:
    duck = Duck(data)
    metric = definition("retention")
    frame = duck.once(Case(metric)).frame
    causes = duck.once(Case(definition("failure_rate"))).frame
    duck.close()
    assert difference(metric, frame, frame[::-1]) is None
    assert difference(metric, frame, frame.assign(value=frame["value"] + 1e-12)) is None
    assert difference(metric, frame, frame[1:]) == f"{len(frame) - 1} rows instead of {len(frame)}"
    later = frame.assign(cohort_start=frame["cohort_start"] + pd.Timedelta(days=1))
    for other, column in (
        (later, "cohort_start"),
        (frame.assign(retained=frame["retained"] + 1), "retained"),
        (frame.assign(value=frame["value"] + 1e-6), "value"),
        (frame.assign(low=math.nan), "low"),
        (frame.assign(mature=~frame["mature"]), "mature"),
    ):
        assert (difference(metric, frame, other) or "").startswith(f"{column} of row 1 is ")
    renamed = causes.assign(cause=causes["cause"] + "!")
    assert (difference(definition("failure_rate"), causes, renamed) or "").startswith("cause of row 1 is ")


def test_what_takes_too_long_is_cancelled(data: Data, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = Pandas(data)
    monkeypatch.setattr("tests.bench.peers.pandas_child.LIMIT_SECONDS", 0)
    with pytest.raises(NotFinishedError):
        pandas.once(CASES[0])
    monkeypatch.undo()
    assert len(pandas.once(CASES[0]).frame) > 0
    pandas.close()
    monkeypatch.setattr("tests.bench.peers.sqlite.LIMIT_SECONDS", 0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    monkeypatch.setattr("tests.bench.peers.sqlite.statement", lambda case: endless)
    sqlite = Sqlite(data, scratch)
    with pytest.raises(NotFinishedError):
        sqlite.once(CASES[0])
    sqlite.close()


def test_engines_that_are_not_there_and_metrics_that_cannot_be_are_said_so(
    data: Data, scratch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Poor(Duck):
        name = "Poor"

        def once(self, case: Case) -> Answer:
            raise NotExpressibleError("it knows no median")

    def absent(data: Data, scratch: Path) -> Duck:
        raise MissingPeerError("PostgreSQL not found: install it.")

    monkeypatch.setitem(metrics.PEERS, "postgres", absent)
    monkeypatch.setitem(metrics.PEERS, "sqlite", lambda data, _: Poor(data))
    results, about = metrics.compare(data, scratch, ["postgres", "sqlite"], CASES[:1])
    text = metrics.report(data, results, about, [], (0.5, 1.5))
    assert "load average 0.5 at the start, 1.5 at the end" in text
    assert "PostgreSQL not found: install it." in text
    assert "| not expressible |" in text
    assert "Poor, session_duration: it knows no median." in text
    assert not capsys.readouterr().out


def test_without_postgresql_the_bench_says_what_to_install(
    data: Data, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingPeerError, match="psycopg not found: install the extra `postgres`"):
        Postgres(data, scratch)
    monkeypatch.setenv("PATH", str(scratch))
    monkeypatch.setattr(ensure_postgres, "DEBIAN", scratch)
    with pytest.raises(
        MissingPostgresError, match=r"PostgreSQL not found: install it \(Debian: apt-get install postgresql\)"
    ):
        running_cluster({}).__enter__()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_postgresql_gets_the_same_query_with_numbered_parameters(case: Case) -> None:
    query = statement(case.metric, case.parameters)
    text, values = numbered(query.sql, query.values)
    assert set(re.findall(r"\$\w+", text)) == {f"${n}" for n in range(1, len(values) + 1)}
    named = re.sub(r"--.*", "", query.sql)
    assert [query.values[name[1:]] for name in dict.fromkeys(re.findall(r"\$\w+", named))] == values
    assert re.sub(r"\$\w+", "?", text) == re.sub(r"\$\w+", "?", named)


def test_pages_of_numbers_read_no_turn(data: Data) -> None:
    pages = measure_dashboards(data, ("admin",), warm_views=0)
    assert {page.page for page in pages} > {"Overview", "Quality", "Explore", "Clients"}
    assert all(page.cold.wall > 0 and page.warm.cpu > 0 for page in pages)
    assert not any(page.reading_turns for page in pages)


def test_a_page_that_reads_turns_is_found(data: Data) -> None:
    store = WatchedStore(data.database)
    reads = "SELECT session_id FROM conversations WHERE sender = $1 LIMIT 3"
    inside = "SELECT count(*) FROM sessions s WHERE EXISTS (SELECT 1 FROM conversations c WHERE c.session_id = s.id)"
    try:
        store.execute(reads, ["agent"])
        store.frame(inside)
        store.execute("SELECT 'conversations', count(*) FROM conversations")
        store.execute("SELECT count(DISTINCT session_id) FROM agent_conversations")
        assert store.reading_turns() == [reads, inside]
    finally:
        store.close()
