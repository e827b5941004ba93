"""A human coach books times with a client of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from coachroom.app.appointments import book_as_coach, book_series_as_coach
from coachroom.app.current import get_services
from coachroom.appointments.calendars import OpeningHours
from coachroom.appointments.openings import Asking
from coachroom.appointments.series import SeriesRule
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.appointments.time_text import both_clocks
from coachroom.people.people import Person
from coachroom.ui.appointments.time_fields import choose_repeats, choose_time, chosen_time, show_plan, why_not_offered
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.mail import mail_goes_out

PLACE = "coach_books"
# In the address of the page: whom to book for.
CLIENT = "client"
KINDS = {
    AppointmentKind.COACH: "You and the client, after the AI coach's greeting",
    AppointmentKind.BOTH: "You, the client and the AI coach",
}
BY_COACH = Asking(by_coach=True)


def book_for_client(person: Person, hours: OpeningHours) -> None:
    """Fields for whom, when and how often; nothing where the coach has no client."""
    services = get_services()
    clients = dict(services.appointments.clients_of(person.email))
    if not clients or not services.settings.live_coach:
        return
    named = str(st.query_params.get(CLIENT, ""))
    with st.expander("Book for a client", expanded=named in clients, key="fold_book"):
        chosen = _fields(person, hours, clients, named)
        show_flash(PLACE)
    if chosen is not None:
        why_not_offered(
            hours.horizon_days,
            hours.zone,
            lambda at: services.appointments.why_not_free(*chosen, at, asking=BY_COACH),
            "coach_why_not",
        )


def _fields(
    person: Person, hours: OpeningHours, clients: Mapping[str, str], named: str
) -> tuple[str, AppointmentKind] | None:
    """The client who is chosen, and who talks; None before one is."""
    services, form = get_services(), CreateForm("coach_books")
    if mail_goes_out():
        st.write("The client is told by mail at once, and can move or cancel it.")
    else:
        st.write("The client finds it on their page Appointments, and can move or cancel it there.")
    client_id = st.selectbox(
        "Client",
        list(clients),
        index=list(clients).index(named) if named in clients else None,
        format_func=lambda id: clients[id],
        placeholder="Choose a client",
        key=form.key("for_client"),
    )
    if client_id is None:
        return None
    kind = st.radio("Who talks?", list(KINDS), format_func=KINDS.__getitem__, key=form.key("who_talks"))
    theirs = services.coaching.profiles.zone(client_id)

    def show(at: datetime) -> str:
        return both_clocks(at, hours.zone, theirs, "the client")

    name = form.key(f"coach_{client_id}")
    if choose_time(services.appointments.free_for(client_id, kind, asking=BY_COACH), hours.zone, show, name):
        rule = choose_repeats(chosen_time(name), name)
        if rule is None:
            st.button("Book this time", key=form.key("book"), on_click=_book, args=(person, client_id, kind, form))
        else:
            free = show_plan(services.series.plan(client_id, kind, rule, by_coach=True), hours.zone, show)
            label = f"Book these {len(free)} dates" if len(free) > 1 else "Book this one date"
            args, more = (person, client_id, kind, form), {"rule": rule, "shown": free}
            if free:
                st.button(label, key=form.key("book_series"), on_click=_book_series, args=args, kwargs=more)
    else:
        st.write("No time is free within your hours.")
    return client_id, kind


def _book(person: Person, client_id: str, kind: AppointmentKind, form: CreateForm) -> None:
    def book() -> Appointment:
        return book_as_coach(get_services(), person, client_id, kind, chosen_time(form.key(f"coach_{client_id}")))

    form.submit(PLACE, book, lambda made: f"Booked with {_name(made)}, {_learns()}.", empty=False)


def _book_series(
    person: Person,
    client_id: str,
    kind: AppointmentKind,
    form: CreateForm,
    *,
    rule: SeriesRule,
    shown: Sequence[datetime],
) -> None:
    def book() -> list[Appointment]:
        return book_series_as_coach(get_services(), person, client_id, kind, rule=rule, only=shown)

    form.submit(
        PLACE, book, lambda made: f"{len(made)} dates are booked with {_name(made[0])}, {_learns()}.", empty=False
    )


def _learns() -> str:
    return "who is told" if mail_goes_out() else "who finds it on their page Appointments"


def _name(made: Appointment) -> str:
    return plain(get_services().appointments.names(made.id).client)
