"""Writes docs/metrics.md from the definitions: `python -m coachroom.metrics.docs [--check]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from coachroom.metrics.definitions import DEFINITIONS, Area, Column, ColumnType, Definition

PAGE = Path(__file__).parent.parent.parent / "docs" / "metrics.md"

HEAD = """\
# Metrics

<!-- Written by `python -m coachroom.metrics.docs` from coachroom/metrics/definitions.py: change it there. -->

Pages, exports, the notebook and the command line all call the same function for a number, so they cannot differ.

## How to read them

- Times are kept in UTC. Days, ISO weeks (from Monday) and months are those of the reporting time zone.
- `as_of` is a moment: nothing that started at or after it counts; a session that began before it counts whole, with
  everything that belongs to it. `end` does the same within the data.
- `start` selects by the start of a session or an action's due date. Metrics about cohorts look at a client's
  first-ever valid session and take no `start`. Where a row looks back (active clients, returns, lifecycle, change in
  goal attainment) it sees what was before it, and lifecycle and goal attainment show whole intervals.
- A **valid session** was completed or abandoned, has at least one turn of the client, and lasted 60 seconds or longer
  (a setting). All others are counted in session outcomes.
- Every day has a row in active clients, and every interval in lifecycle and retention, even if nothing happened;
  elsewhere an interval with nothing to count has none.
- Percentiles are interpolated linearly. Rates come with Wilson's 95 % interval, unless the denominator is 0.
- **Small groups.** For analysts, what is known of fewer than 5 people (a setting) is missing. "People" below names
  whom a column is about: a rate is about those in its denominator. Nobody at all is no small group: zeros stay. A
  total is missing where one of its parts is, and histograms and curves lose the whole row.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for area in Area:
        parts.append(f"## {area.value.capitalize()}\n")
        parts += [_section(metric) for metric in DEFINITIONS if metric.area is area]
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Writes the page; with `--check` only says whether it is up to date. Returns the exit status."""
    wanted = page()
    if "--check" not in arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write("docs/metrics.md is not what the definitions say: run `python -m coachroom.metrics.docs`.\n")
    return 1


def _section(metric: Definition) -> str:
    takes = ", ".join(f"`{name}`" for name in metric.parameters)
    lines = [
        f"### {metric.title}",
        "",
        f"`{metric.id}` · {metric.unit}",
        "",
        metric.meaning,
        "",
        f"{_capital(metric.formula)}.",
        "",
        "| column | type | meaning | people |",
        "|---|---|---|---|",
        *(_row(column) for column in metric.columns),
        "",
        f"Takes {takes}. From {metric.source}.",
        "",
    ]
    return "\n".join(lines)


def _row(column: Column) -> str:
    return f"| `{column.name}` | {_type(column.type)} | {column.meaning} | {_people(column)} |"


def _type(kind: ColumnType) -> str:
    return {"flag": "yes or no", "count": "whole number"}.get(kind.value, kind.value)


def _people(column: Column) -> str:
    """Whom the column is suppressed by."""
    words = {"people": "all in the row", "visitors": "clients with a valid session"}
    return ", ".join(words.get(group, f"`{group}`") for group in column.about) or "-"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
