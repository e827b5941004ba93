"""The audit log to read: who did what to whom, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.clock import day_there, short_date
from coachroom.people.audit import AuditEntry, AuditFilter
from coachroom.ui.administration.audit_sentences import KINDS, sentence
from coachroom.ui.administration.paging import page_now, show_paging, turn_to
from coachroom.ui.formatting import plain, reader_zone, time_of_day

PAGE, LOOKED_FOR = "audit_page", "audit_looked_for"
A_PAGE = 50


def audit_page() -> None:
    """The latest entries first, by the day."""
    st.page_link("pages/Members.py", label="All members", icon=":material/arrow_back:")
    st.title("Audit log", anchor=False)
    st.write(
        "Who changed, took away or was refused what. Entries are never changed; what names an erased client goes."
    )
    looked_for = _looked_for()
    page = page_now(PAGE)
    audit = get_services().audit
    entries, total = audit.page(looked_for, skip=page * A_PAGE, most=A_PAGE)
    if total and not entries:
        # Rows went since, with whom they name.
        page = (total - 1) // A_PAGE
        turn_to(PAGE, page)
        entries, total = audit.page(looked_for, skip=page * A_PAGE, most=A_PAGE)
    if not total:
        st.write("There is no entry like this.")
        return
    zone = reader_zone()
    for day, of_day in groupby(entries, key=lambda entry: day_there(entry.logged_at, zone)):
        st.header(short_date(day), anchor=False)
        st.markdown("\n".join(map(_line, of_day)))
    show_paging(PAGE, A_PAGE, total, some(total, "entry", "entries"), back="Later ones", on="Earlier ones")


def _line(entry: AuditEntry) -> str:
    return f"- {time_of_day(entry.logged_at)}: {plain(sentence(entry))}"


def _looked_for() -> AuditFilter:
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit_filter"):
        person = st.text_input("Person", key="audit_person", placeholder="Part of an e-mail", width=260)
        kind = st.selectbox("Kind", list(KINDS), index=None, placeholder="Any", key="audit_kind", width=200)
        day = st.date_input("Day", value=None, key="audit_day", width=200)
    since, before = _span(day)
    looked_for = AuditFilter(person or "", KINDS[kind] if kind else (), since, before)
    if looked_for != st.session_state.get(LOOKED_FOR):
        st.session_state[LOOKED_FOR] = looked_for
        turn_to(PAGE, 0)
    return looked_for


def _span(day: date | None) -> tuple[datetime | None, datetime | None]:
    """When the day begins and ends on the reader's own clock, as naive UTC."""
    if not isinstance(day, date):
        return None, None
    begins, ends = (
        datetime.combine(each, time(), reader_zone()).astimezone(UTC).replace(tzinfo=None)
        for each in (day, day + timedelta(days=1))
    )
    return begins, ends
