"""`make bench-metrics`: every metric beside other engines on the same rows, and every page of numbers.

Ends with 1 where an engine gives another answer than DuckDB, or a page reads turns.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from coachroom.metrics.definitions import DEFINITIONS
from tests.bench.cases import CASES, Case
from tests.bench.compare import difference
from tests.bench.dashboards import VIEWS, PageCost, measure_dashboards
from tests.bench.invented import SEED, Data, prepare
from tests.bench.peers.duck import Duck
from tests.bench.peers.pandas_child import Pandas
from tests.bench.peers.peer import MissingPeerError, NotExpressibleError, NotFinishedError, Peer, measured
from tests.bench.peers.postgres import Postgres
from tests.bench.peers.sqlite import Sqlite
from tests.bench.tables import (
    Result,
    amount,
    machine,
    metrics_table,
    page_remarks,
    pages_table,
    remarks,
    too_long,
)  # fmt: skip

PEERS: dict[str, Callable[[Data, Path], Peer]] = {
    "postgres": Postgres,
    "sqlite": Sqlite,
    "pandas": lambda data, _: Pandas(data),
}
HEAD = """# What the numbers cost

Made by `make bench-metrics WRITE=docs/benchmarks.md`: one run on one machine, whose cores others used as well, so the
ratios say more than the milliseconds.
"""
# A report that is written again keeps what follows in the file.
OTHER_SECTIONS = "\n## Deliveries\n"
METHOD = """All engines hold the same rows, and their answers are compared with DuckDB's, every value of every row:
counts exactly, other numbers to nine digits. Each metric is asked over the whole history, by week, in UTC, without
suppression. Costs are medians of three runs after one that does not count; what takes over 10 s runs once, over 60 s
is cancelled. CPU is that of all threads and processes at work on it, the answer's way into a data frame included.

- **DuckDB** is asked through `metrics.run`, as pages, exports and notebooks ask it.
- **PostgreSQL** gets the very same SQL text, indexes on what the metrics look for, 1 GB of shared buffers, 512 MB to
  sort in, and one core a query.
- **SQLite** has SQL of its own, for weeks in UTC only, with times as whole numbers, response times in a table of
  their own, indexes and 2 GB of cache.
- **pandas** has everything in memory, sorted by client and start, words with few values as categories, sessions found
  by an index; for weeks in UTC only.

The turns themselves are in DuckDB's file only: no metric reads them.
"""
PAGE_METHOD = """On the server, from the first line of a page's script to the last, at the same size.
Nothing kept: the first view in a process that runs, before anything was computed. Made ready: the first view after
the app has made the usual views ready, as it does by itself. Again: the same page, median of three.
"""


def compare(
    data: Data, scratch: Path, wanted: Sequence[str], cases: Sequence[Case] = CASES
) -> tuple[list[Result], list[str]]:
    """Every case in every engine, and lines about the engines themselves: versions, loading, what is missing."""
    about, peers = [], []
    ours = Duck(data)
    about.append(f"DuckDB {ours.version}")
    try:
        for name in wanted:
            try:
                peers.append(PEERS[name](data, scratch))
            except MissingPeerError as missing:
                about.append(str(missing))
            else:
                about.append(f"{peers[-1].name} {peers[-1].version}, loaded in {peers[-1].load_seconds:.0f} s")
        return [_result(case, ours, peers) for case in cases], about
    finally:
        for peer in (ours, *peers):
            peer.close()


def _result(case: Case, ours: Peer, peers: Sequence[Peer]) -> Result:
    result = Result(case, measured(ours, case))
    for peer in peers:
        try:
            answer = measured(peer, case)
        except NotFinishedError:
            result.theirs[peer.name] = too_long()
        except NotExpressibleError as reason:
            result.theirs[peer.name] = str(reason)
        else:
            result.theirs[peer.name] = answer
            differs = difference(case.metric, result.ours.frame, answer.frame)
            if differs is not None:
                result.differences[peer.name] = differs
    print(f"{case.name} …", file=sys.stderr, flush=True)
    return result


def report(
    data: Data, results: Sequence[Result], about: Sequence[str], pages: Sequence[PageCost], load: Sequence[float]
) -> str:
    """Everything as one page of Markdown. `load`: the machine's load average at the start and at the end."""
    names = list(dict.fromkeys(name for result in results for name in result.theirs))
    parts = [
        HEAD,
        f"{machine()}; load average {load[0]:.1f} at the start, {load[-1]:.1f} at the end. {amount(data)}.\n",
        f"{' · '.join(about)}.\n",
        "## Metrics\n",
        METHOD,
        metrics_table(results, names) + "\n",
        _bullets(remarks(results, names)),
    ]
    if pages:
        parts += ["## Pages\n", PAGE_METHOD, pages_table(pages) + "\n", _bullets(page_remarks(pages))]
    return "\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    scratch = asked.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    before = os.getloadavg()[0]
    print("the community is made first …", file=sys.stderr, flush=True)
    data = prepare(scratch, sessions=asked.sessions, clients=asked.clients, seed=asked.seed)
    pages = measure_dashboards(data, tuple(asked.roles)) if asked.roles else []
    cases = [case for case in CASES if not asked.metrics or case.metric.id in asked.metrics]
    results, about = compare(data, scratch, asked.peers, cases)
    text = report(data, results, about, pages, (before, os.getloadavg()[0]))
    print(text)
    if asked.write:
        asked.write.write_text(text + _other_sections(asked.write), encoding="utf-8")
    return 1 if any(result.differences for result in results) or any(page.reading_turns for page in pages) else 0


def _other_sections(path: Path) -> str:
    """What the file holds beside this report, from OTHER_SECTIONS on."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, mark, rest = before.partition(OTHER_SECTIONS)
    return mark + rest


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-metrics", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scratch", type=Path, default=Path("build/bench-metrics"), help="kept from run to run")
    parser.add_argument("--metrics", nargs="+", choices=[metric.id for metric in DEFINITIONS], help="only these")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--roles", nargs="*", choices=list(VIEWS), default=list(VIEWS), help="whose pages")
    parser.add_argument("--write", type=Path, help="also writes the report to this file")
    return parser.parse_args(arguments)


def _bullets(lines: Sequence[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


if __name__ == "__main__":
    # Here, as it holds for the whole process.
    logging.disable(logging.WARNING)
    sys.exit(main())
