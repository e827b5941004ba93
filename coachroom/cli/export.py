"""`coachroom export | metrics`: numbers, and what they mean."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from coachroom.cli.database import open_database, settings_in_force
from coachroom.cli.output import binary_output, print_table, say
from coachroom.cli.parser import STANDARD_OUTPUT
from coachroom.clock import utc_now
from coachroom.metrics.dates import parse_moment
from coachroom.metrics.definitions import as_documents, definition
from coachroom.metrics.exports.formats import Format, sidecar_of
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, chosen
from coachroom.settings import Settings


def add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "Computes one metric and writes its rows. Dates are ISO 8601, 2026-05-01 or 2026-05-01T09:30; a date is its "
        "midnight, and what has no offset is in the time zone of COACHROOM_REPORTING_TIMEZONE."
    )
    export.add_argument("metric", metavar="METRIC", help="its id: `metrics` lists them")
    export.add_argument("--format", required=True, metavar="FORMAT", help="csv, parquet, jsonl or xlsx")
    export.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="PATH",
        help="the file to write; definition and parameters are in it, for csv and jsonl beside it in PATH.meta.json; "
        "- for standard output (csv and jsonl, rows only)",
    )
    export.add_argument("--start", metavar="DATE", help="sessions that start at this moment or later")
    export.add_argument("--end", metavar="DATE", help="sessions that start before this moment")
    export.add_argument("--as-of", metavar="DATE", help="as it was known at this moment; now without it")
    export.add_argument("--interval", metavar="INTERVAL", default="week", help="day, week (default) or month")
    export.add_argument("--kind", metavar="KIND", help="of retention: recurring (default), unbounded or cumulative")
    export.add_argument(
        "--suppress",
        action="store_true",
        help="what analysts see: intervals that are over, nothing by which fewer than COACHROOM_MIN_GROUP people "
        "could be told apart",
    )
    export.set_defaults(command=_export, live=True)


def _export(options: argparse.Namespace) -> int:
    # pandas and Arrow take a second to load, which the other commands do without.
    from coachroom.metrics import run  # noqa: PLC0415
    from coachroom.metrics.exports import write  # noqa: PLC0415
    from coachroom.metrics.exports.header import exact_iso, header_for  # noqa: PLC0415
    from coachroom.metrics.version_changes import marked_days  # noqa: PLC0415

    now = utc_now()
    metric = definition(options.metric)
    format = chosen(Format, options.format, "format")
    parameters = _parameters(options, settings_in_force(), now)
    run.statement(metric, parameters)
    path = None if options.out == STANDARD_OUTPUT else options.out
    if path is None:
        write.require_pipe(format)
    else:
        write.require_target(path, format)
    with open_database(existing=True) as database:
        with database.numbers() as numbers:
            frame = run.measure(numbers, metric.id, parameters)
        notes = marked_days(database.store, ZoneInfo(parameters.timezone), parameters.min_group)
    header = header_for(metric, parameters, now, notes)
    if path is None:
        write.write_to_pipe(binary_output(), frame, header, format)
        return 0
    count = write.write_export(path, frame, header, format)
    beside = f" and {sidecar_of(path).name}" if format.is_text else ""
    say(f"Wrote {path}{beside}: {count} {'row' if count == 1 else 'rows'}, as of {exact_iso(header.as_of)}.")
    return 0


def _parameters(options: argparse.Namespace, settings: Settings, now: datetime) -> Parameters:
    zone = settings.reporting_timezone

    def given(text: str | None) -> datetime | None:
        return None if text is None else parse_moment(text, zone)

    return Parameters(
        as_of=given(options.as_of) or now,
        start=given(options.start),
        end=given(options.end),
        interval=chosen(Interval, options.interval, "interval"),
        kind=None if options.kind is None else chosen(RetentionKind, options.kind, "kind"),
        timezone=zone,
        min_valid_seconds=settings.min_valid_seconds,
        min_group=settings.min_group,
        suppress=options.suppress,
        now=now,
    )


def _metrics(options: argparse.Namespace) -> int:
    documents = as_documents()
    if options.json:
        say(json.dumps(documents, indent=2))
        return 0
    print_table(
        ["metric", "title", "unit", "meaning"],
        [[metric["id"], metric["title"], metric["unit"], metric["meaning"]] for metric in documents],
    )
    return 0


def add_metrics(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="the definitions as JSON")
    command.set_defaults(command=_metrics)
