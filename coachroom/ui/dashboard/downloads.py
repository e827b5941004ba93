"""Take the numbers away: a file is prepared, and only who asked for it can fetch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import SystemRandom

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.app.downloads import Download
from coachroom.errors import CoachroomError
from coachroom.metrics.definitions import definition
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.exports.header import ExportColumn, ExportHeader, header_for
from coachroom.metrics.exports.write import write_export
from coachroom.metrics.parameters import RetentionKind, SegmentBy
from coachroom.metrics.session_extract import extract_header
from coachroom.people.people import Person
from coachroom.ui.dashboard.figures import frame_of
from coachroom.ui.dashboard.queries import day_notes
from coachroom.ui.dashboard.view import View

NAMES = {Format.CSV: "CSV", Format.PARQUET: "Parquet", Format.JSONL: "JSON Lines", Format.XLSX: "Excel"}


@dataclass(frozen=True)
class _TableToTake:
    """What becomes a file: `rows` reads it, or has it as of that `generation` of the copies of people's data."""

    name: str
    header: ExportHeader
    rows: Callable[[], pd.DataFrame]
    generation: int


def download_metric(view: View, metric_id: str, kind: RetentionKind | None, *, key: str) -> None:
    """Offers exactly the rows that the table shows."""
    made = get_services().clock()
    header = header_for(definition(metric_id), view.parameters(kind), made, day_notes(view.version))
    name = f"{metric_id}-{view.as_of:%Y%m%d-%H%M}"
    table = _TableToTake(name, header, lambda: frame_of(view, metric_id, kind), view.version.generation)
    _offer(view.person, table, key)


def download_comparison(view: View, metric_id: str, by: SegmentBy, frame: pd.DataFrame, *, key: str) -> None:
    """Offers the parts beside each other, with the metric's own definition. `frame` has a column `segment`."""
    header = header_for(definition(metric_id), view.parameters(), get_services().clock(), day_notes(view.version))
    part = ExportColumn("segment", f"the part of the community, by {by.value}")
    header = replace(header, title=f"{header.title} by {by.value}", columns=(part, *header.columns))
    name = f"{metric_id}-by-{by.value}-{view.as_of:%Y%m%d-%H%M}"
    _offer(view.person, _TableToTake(name, header, lambda: frame, view.version.generation), key)


def download_sessions(view: View) -> None:
    """Offers session facts, a row a session, about nobody in particular."""
    services = get_services()
    parameters = view.parameters()
    header = extract_header(parameters, services.clock())
    name = f"sessions-{view.as_of:%Y%m%d-%H%M}"
    rows = partial(services.metrics.session_extract, parameters, SystemRandom())
    _offer(view.person, _TableToTake(name, header, rows, view.version.generation), "sessions")


def download_frame(
    person: Person, name: str, header: ExportHeader, frame: pd.DataFrame, *, key: str, generation: int
) -> None:
    """Offers a table that is no metric. `generation`: that of the copies of people's data as it was read."""
    _offer(person, _TableToTake(name, header, lambda: frame, generation), key)


def _offer(person: Person, table: _TableToTake, key: str) -> None:
    with st.popover("Download", icon=":material/download:", type="tertiary", key=f"{key}_download"):
        format = st.segmented_control(
            "Format",
            list(NAMES),
            default=Format.CSV,
            required=True,
            format_func=NAMES.__getitem__,
            key=f"{key}_format",
        )
        if format is None:
            return
        if st.button("Prepare the file", key=f"{key}_prepare", width="stretch"):
            _prepare(person, table, format)
        st.caption("The file is for you alone and waits for 15 minutes.")


def _prepare(person: Person, table: _TableToTake, format: Format) -> None:
    filename = f"{table.name}.{format.value}"
    write = partial(write_export, header=table.header, format=format)
    subject, detail = filename.rsplit("-", 2)[0], {"file": filename, "format": format.value}
    services = get_services()

    try:
        made = services.downloads.offer(
            person, filename, lambda path: write(path, table.rows()), generation=table.generation
        )
        # Before the page shows where the file is.
        services.audit.add(person.email, "export", subject, detail)
    except CoachroomError as error:
        st.error(str(error))
        return
    for place, download in enumerate(made):
        st.link_button(
            _label(download, place), download.url, type="primary" if place == 0 else "tertiary", width="stretch"
        )


def _label(download: Download, place: int) -> str:
    if place:
        return "What the columns mean (JSON)"
    size = download.size / 1024
    return f"Save {download.filename} ({size:,.0f} KB)" if size >= 1 else f"Save {download.filename}"
