"""A soak as Markdown, and whether it is what it should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.soak_checks import Disk
from tests.bench.tables import machine, table
from tests.bench.visits import Client, Ledger

BEGIN, END = "<!-- soak -->", "<!-- end of soak -->"
# Until then caches fill, and code is loaded that was not needed before.
WARM_UP = 0.35
MAX_GROWTH = 1.10
ROWS = 12


@dataclass(frozen=True)
class Sample:
    """The server at one moment: MB, % of a core since the sample before; `reports` since then, and their waits in ms.

    `held`: see `tests.open_server`.
    """

    minute: float
    visits: int
    turns: int
    memory: float
    descriptors: int
    threads: int
    cpu: float
    disk: float
    held: dict[str, int]
    reports: int
    ack_p50: float
    ack_p99: float


@dataclass
class Soak:
    """`empty`: when everybody had gone; `own_cpu`: % of a core that the visits themselves took."""

    hours: float
    load: float
    samples: list[Sample]
    empty: Sample
    own_cpu: float
    ledger: Ledger
    erased: list[Client]
    failures: list[str]
    disk: Disk = field(default_factory=lambda: Disk(0, 0, 0, 0, 0, 0))

    @property
    def growth(self) -> dict[str, float]:
        """How many times what the first third of the time after the warm-up held the last third did, as medians."""
        watched = [each for each in self.samples if each is not self.empty]
        warm = watched[int(len(watched) * WARM_UP) :]
        third = max(1, len(warm) // 3)
        return {
            name: median(getattr(each, name) for each in warm[-third:])
            / median(getattr(each, name) for each in warm[:third])
            for name in ("memory", "descriptors", "threads")
        }

    @property
    def wrong(self) -> list[str]:
        """What is not as it should be."""
        found = [f"{name} × {grown:.2f}" for name, grown in self.growth.items() if grown > MAX_GROWTH]
        disk = self.disk
        found += [
            f"{count} {what}"
            for count, what in (
                (disk.missing, "acknowledged turns are missing or say something else"),
                (disk.twice, "turns are there twice"),
                (disk.facts, "sessions have other facts than their turns"),
                (disk.erased_rows, "rows of erased clients are left"),
                (disk.erased_marks, "marks of erased clients are left in files"),
                (len(self.failures), "visits failed"),
            )
            if count
        ]
        return found


def report(soak: Soak) -> str:
    head = [
        "minute", "visits", "turns", "memory MB", "descriptors", "threads", "CPU %", "tabs, closed", "seats",
        "journals, MB", "sessions kept", "disk MB", "ack p50, p99 ms",
    ]  # fmt: skip
    watched = [each for each in soak.samples if each is not soak.empty]
    step = max(1, len(watched) // ROWS)
    shown = [*watched[: -step // 2 : step], watched[-1], soak.empty]
    rows = [_row(each, "all gone, " if each is soak.empty else "") for each in shown]
    happened, disk = soak.ledger.happened, soak.disk
    waits = sorted(soak.ledger.waits)
    growth = ", ".join(f"{name} × {grown:.2f}" for name, grown in soak.growth.items())
    lines = [
        f"{machine()}; load average {soak.load:.1f} at the end. {soak.hours:.2f} hours: {happened['visits']:,} "
        f"visits, {happened['reloads']:,} reloads, {happened['vanishes']:,} clients who vanished, "
        f"{len(soak.erased)} who were erased, {happened['erased while here']} of them in a visit. The visits "
        f"themselves took {soak.own_cpu:.0f} % of a core.",
        "",
        table(head, rows),
        "",
        f"- The last third of the time after the warm-up beside its first third: {growth}; aim: at most "
        f"× {MAX_GROWTH:.2f}.",
        f"- {len(waits):,} reports acknowledged, p50 {waits[len(waits) // 2]:.0f} ms, "
        f"p99 {waits[int(len(waits) * 0.99)]:.0f} ms, longest {waits[-1]:.0f} ms.",
        f"- Of {disk.turns:,} acknowledged turns {disk.missing} are missing on disk or say something else; "
        f"{disk.twice} are there twice.",
        f"- {disk.facts} sessions have other facts than their turns give.",
        f"- Of the erased {disk.erased_rows} rows are left, and {disk.erased_marks} of their words in any file after "
        "compaction.",
        f"- {len(soak.failures)} visits failed{': ' + '; '.join(soak.failures[:5]) if soak.failures else ''}.",
        f"- {'Not as it should be: ' + '; '.join(soak.wrong) if soak.wrong else 'All is as it should be'}.",
    ]
    return "\n".join(lines)


def write_between_marks(path: Path, text: str) -> None:
    """Replaces what stands between the marks of the file. Raises ValueError where it has none."""
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{path} has no place for the soak: {BEGIN} … {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _row(sample: Sample, prefix: str) -> list[str]:
    held = sample.held
    return [
        f"{prefix}{sample.minute:.0f}",
        f"{sample.visits:,}",
        f"{sample.turns:,}",
        f"{sample.memory:.0f}",
        f"{sample.descriptors}",
        f"{sample.threads}",
        f"{sample.cpu:.0f}",
        f"{held['tabs']}, {held['closed_tabs']}",
        f"{held['seats']}",
        f"{held['journals']}, {held['journal_bytes'] / 1e6:.1f}",
        f"{held['sessions']}",
        f"{sample.disk:.0f}",
        f"{sample.ack_p50:.0f}, {sample.ack_p99:.0f}",
    ]
