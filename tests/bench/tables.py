"""The bench's results as Markdown."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

from tests.bench.cases import Case
from tests.bench.dashboards import PageCost
from tests.bench.invented import Data
from tests.bench.peers.peer import LIMIT_SECONDS, Answer

PAGE_AIM_MS = 300


@dataclass
class Result:
    """One metric: what it cost us, what it cost each peer or why there is no number, and who said something else."""

    case: Case
    ours: Answer
    theirs: dict[str, Answer | str] = field(default_factory=dict)
    differences: dict[str, str] = field(default_factory=dict)

    def ratio(self, peer: str) -> tuple[float, float] | None:
        """How many times our CPU and wall time the peer took."""
        answer = self.theirs.get(peer)
        if not isinstance(answer, Answer) or peer in self.differences:
            return None
        return answer.cpu / self.ours.cpu, answer.wall / self.ours.wall


def machine() -> str:
    memory = math.ceil(psutil.virtual_memory().total / 2**30)
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, {memory} GiB, "
        f"Python {platform.python_version()}"
    )


def amount(data: Data) -> str:
    return f"{data.sessions:,} sessions, {data.turns:,} turns, {data.clients:,} clients"


def metrics_table(results: Sequence[Result], peers: Sequence[str]) -> str:
    """DuckDB in ms, everybody else in how many times that: CPU / wall."""
    head = ["metric", "rows", "DuckDB CPU ms", "wall ms", *(f"{peer} CPU × / wall ×" for peer in peers)]
    rows = [
        [
            result.case.name,
            f"{len(result.ours.frame):,}",
            f"{result.ours.cpu:.0f}",
            f"{result.ours.wall:.0f}",
            *(_cell(result, peer) for peer in peers),
        ]
        for result in results
    ]
    means = [_mean(results, peer) for peer in peers]
    total = [sum(getattr(result.ours, cost) for result in results) for cost in ("cpu", "wall")]
    rows.append(["**all**, ratios as geometric mean", "", *(f"**{each:.0f}**" for each in total), *means])
    return table(head, rows)


def pages_table(pages: Sequence[PageCost]) -> str:
    head = [
        "page",
        "role",
        "nothing kept: CPU ms",
        "wall ms",
        "made ready: CPU ms",
        "wall ms",
        "again: CPU ms",
        "wall ms",
    ]
    return table(
        head,
        [
            [
                page.page,
                page.role,
                *(f"{cost:.0f}" for view in (page.cold, page.ready, page.warm) for cost in (view.cpu, view.wall)),
            ]
            for page in pages
        ],
    )


def remarks(results: Sequence[Result], peers: Sequence[str]) -> list[str]:
    """What a reader of the table should not have to look for."""
    said = []
    for peer in peers:
        faster = [(each.case.name, ratio[0]) for each in results if (ratio := each.ratio(peer)) and ratio[0] < 1]
        if faster:
            names = ", ".join(f"{name} (× {ratio:.2f})" for name, ratio in faster)
            said.append(f"{peer} uses less CPU than DuckDB for: {names}.")
        missing = {each.case.name: each.theirs[peer] for each in results if isinstance(each.theirs.get(peer), str)}
        said += [f"{peer}, {name}: {why}." for name, why in missing.items()]
        said += [
            f"{peer} gives another answer for {each.case.name}: {each.differences[peer]}."
            for each in results
            if peer in each.differences
        ]
    return said


def page_remarks(pages: Sequence[PageCost]) -> list[str]:
    """How the pages stand to what we aim at, and those that read turns."""
    said = []
    for what, view in (
        ("with nothing kept", "cold"),
        ("on first view once made ready", "ready"),
        ("when seen again", "warm"),
    ):
        slow = [page for page in pages if getattr(page, view).wall > PAGE_AIM_MS]
        said.append(
            f"Aim {PAGE_AIM_MS} ms of wall time {what}: {len(pages) - len(slow)} of {len(pages)} pages keep it."
        )
    for page in pages:
        said += [f"{page.page} ({page.role}) reads turns: `{' '.join(sql.split())}`" for sql in page.reading_turns]
    if not any(page.reading_turns for page in pages):
        said.append("No query of any of these pages scans the table of turns, `conversations`: checked in each plan.")
    return said


def _cell(result: Result, peer: str) -> str:
    if peer in result.differences:
        return "another answer"
    ratio = result.ratio(peer)
    if ratio is not None:
        return f"{_times(ratio[0])} / {_times(ratio[1])}"
    why = str(result.theirs.get(peer, "–"))
    return why if why.startswith(">") else "not expressible"


def too_long() -> str:
    return f">{LIMIT_SECONDS:.0f} s"


def _mean(results: Sequence[Result], peer: str) -> str:
    ratios = [ratio for result in results if (ratio := result.ratio(peer))]
    if not ratios:
        return "–"
    means = (math.exp(sum(math.log(ratio[n]) for ratio in ratios) / len(ratios)) for n in (0, 1))
    count = "" if len(ratios) == len(results) else f" of {len(ratios)}"
    return "**" + " / ".join(_times(each) for each in means) + f"**{count}"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first two columns to the left, the others to the right."""
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
