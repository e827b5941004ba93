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
- Of a session **off the record** only its times are known. It counts as valid without a turn, where it lasted long
  enough; metrics of turns, words, answers, ratings and reconnects leave it out.
- Every day has a row in active clients, and every interval in lifecycle and retention, even if nothing happened;
  elsewhere an interval with nothing to count has none.
- A number has the same unit in chart, table and file. Charts and sentences read seconds as minutes, milliseconds as
  seconds and shares as percent; the number as the file has it stands beside them.
- Percentiles are interpolated linearly. Rates come with Wilson's 95 % interval, unless the denominator is 0.
- "People" below names whom a column is about: a rate is about those in its denominator. Analysts see nothing about
  few of them.

## Small groups

An analyst sees no number about fewer than 5 people (a setting), and none that is left when others are subtracted.
Pages and their downloads follow the role; `export` hides only with `--suppress`. Nobody is no small group: zeros
stay.

- **Only what is over.** Days, weeks and months count once they were over at the last midnight. A range chooses which
  of them are shown, and changes no number in them. What has no dates is always shown over the whole time.
- **Days.** Within a week, cut where a month begins, the days about fewer than 5 people are hidden, and with them the
  smallest other day; all its days, if each is about too few.
- **Weeks.** Within a month the same goes for its weeks and parts of weeks; where one is hidden, so are its days and
  the whole week. A part of a week is large enough if one of its days is.
- **Months** are hidden only if they are about too few themselves.
- **Parts of the community** (tier, month of the first session, agent) are shown by the month, active clients by the
  day. In each row the parts about fewer than 5 people are hidden, and with them the smallest other part; all of them,
  if each is about too few. Those in no part, such as clients without a tier, count as a part that is never shown.
- **Only as a whole.** The parts of lifecycle and reliable change are shown or hidden together. Lifecycle, histograms
  and curves are shown for the whole community only, and metrics of clients not by agent: a client may talk with
  several.

Why this is enough: the days, weeks and months shown are put together from blocks, a large day or what is hidden
together, and each block is about 5 people or more. No sum or difference of them says anything of less than a block.
Within a month the parts only add up to the whole, and what is hidden of them always holds a large part.
A test takes all that can be seen of each metric in random communities, and finds no hidden number by linear algebra.

Means, medians and shares are rounded: to 1, 2 or 5 of a decimal place, and so that one person's answer moves them by
no more than that. A share of 30 people is one of 0, 10, 20 % and so on, a mean rating of 20 people a multiple of 0.2.
Counts of answers, such as a rate's numerator, follow from the rounded share; counts of people and sessions are exact.

It holds for one metric at one time. Who keeps what was shown on another day sees what has come since. A snapshot
holds every row: give it only to those who may see all, and others what the notebook made of it.
"""


EXTRACT = """\
## Session facts, anonymised

Explore offers the sessions themselves, one row each, for the months that are over. No row says whose it is: there is
no name, no id, no day, no tier and no agent, and the number that tells a month's clients apart is drawn anew for each
month and each file, so that nobody can be followed.

- A month about fewer than 5 people (the setting for small groups, at least 3) is left out.
- A word that is said of fewer of a month's people, such as how a session ended, is "other", with as much of the rest
  as it takes for "other" to be about as many.
- Numbers are rounded, and none is farther out than as many people are. Nobody has more rows than as many others:
  chance leaves out what is above.
- Ratings, goals and words are not in it.

One row is still one session: what an outsider knows of a single session in the middle of the range may be found in
it. Give the file to those who work with it, and to nobody else.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for area in Area:
        parts.append(f"## {area.value.capitalize()}\n")
        parts += [_section(metric) for metric in DEFINITIONS if metric.area is area]
    return "\n".join([*parts, EXTRACT])


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
        "| column | type | unit | meaning | people |",
        "|---|---|---|---|---|",
        *(_row(column) for column in metric.columns),
        "",
        f"Takes {takes}. From {metric.source}.",
        "",
    ]
    return "\n".join(lines)


def _row(column: Column) -> str:
    return f"| `{column.name}` | {_type(column.type)} | {_unit(column)} | {column.meaning} | {_people(column)} |"


def _type(kind: ColumnType) -> str:
    return {"flag": "yes or no", "count": "whole number"}.get(kind.value, kind.value)


def _unit(column: Column) -> str:
    return column.unit.name if column.unit else "-"


def _people(column: Column) -> str:
    """Whom the column is suppressed by."""
    words = {"people": "all in the row", "visitors": "clients with a valid session"}
    return ", ".join(words.get(group, f"`{group}`") for group in column.about) or "-"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
