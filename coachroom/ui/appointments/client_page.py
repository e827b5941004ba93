"""A client's appointments: book one with the AI coach or the human coach, move it, cancel it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.current import get_services
from coachroom.appointments.bookings import MAX_WHY_CHARS, TimeNotFreeError
from coachroom.appointments.calendars import nearest
from coachroom.appointments.page_links import APPOINTMENT, CANCEL, DO, MOVE, TIME, WITH, booking_query, time_in
from coachroom.appointments.sentences import whom_text
from coachroom.appointments.series import SeriesRule
from coachroom.appointments.states import OPENS_BEFORE, Appointment, AppointmentKind
from coachroom.appointments.three_times import three_times_like
from coachroom.appointments.time_text import both_clocks, clock_text, day_text
from coachroom.people.people import Person
from coachroom.rooms.states import SessionStatus
from coachroom.ui.appointments.missed import CLIENT_READS, missed_lately
from coachroom.ui.appointments.shared import all_later_too, calendar_address, stop_where_off
from coachroom.ui.appointments.time_fields import choose_repeats, choose_time, chosen_time, show_plan, why_not_offered
from coachroom.ui.components import post_button
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.own_days import own_zone

BOOKING, KEPT, OFFERED = "appointment_booking", "appointment_kept", "appointment_offered"
HINT = "nothing_planned"
# A home page says that nothing is planned after so many sessions.
SESSIONS_BEFORE_HINT = 3
NEAREST = "appointment_nearest"
# Some days more than can be booked, so that one reads why those cannot.
ASKED_DAYS = 100
KINDS = {
    AppointmentKind.AI: ("The AI coach", "The AI coach greets you when you enter your room."),
    AppointmentKind.COACH: (
        "My human coach",
        "The AI coach greets you when you enter. Your human coach asks to join, and can then talk with you alone.",
    ),
    AppointmentKind.BOTH: (
        "Both",
        "The AI coach greets you when you enter. Your human coach asks to join, you let them in, and all three talk.",
    ),
}


@dataclass(frozen=True)
class _Clocks:
    """On whose clocks times are shown. `coach` is the human coach's name, `other` their time zone."""

    own: ZoneInfo
    other: ZoneInfo | None
    coach: str

    def both(self, moment: datetime, kind: AppointmentKind) -> str:
        return both_clocks(moment, self.own, self.other if kind.with_coach else None, self.coach)


def appointments_page(person: Person) -> None:
    """What is agreed, and times to book."""
    stop_where_off()
    client_id = str(person.client_id)
    clocks = _clocks(client_id)
    with st.container(key="reading"):
        st.title("Appointments", anchor=False)
        st.write("Agree on a time for your next session. You can still open your room at any other time.")
        st.caption(f"Times are on your own clock (time zone {clocks.own.key}).")
        show_flash(KEPT)
        _offered_by_link(person, clocks)
        ahead = get_services().appointments.of_client(client_id)
        named = str(st.query_params.get(APPOINTMENT, ""))
        if ahead:
            st.header("Your next appointments", anchor=False)
        elif named:
            st.info("This appointment is over or cancelled. You can book another time below.")
        # The one that a mail leads to comes first, with what the mail names open.
        for appointment in sorted(ahead, key=lambda each: each.id != named):
            with st.container(border=True, key=f"appointment_{appointment.id}"):
                _one(person, appointment, clocks, str(st.query_params.get(DO)) if appointment.id == named else None)
        _book(person, clocks)
        missed_lately(
            [(each, _when(each, clocks)) for each in get_services().appointments.missed_of_client(client_id)],
            CLIENT_READS,
        )
        calendar_address(person)
        st.page_link("pages/Start.py", label="Back to your home page")


def nothing_planned(client_id: str) -> None:
    """On the client's Home after some sessions: that nothing is planned, and the next free times, until put away."""
    services = get_services()
    show_flash(HINT)
    if not services.settings.appointments or services.reminders.planning_hint_is_away(client_id):
        return
    over = [each for each in services.rooms.sessions_of(client_id) if each.status is SessionStatus.COMPLETED]
    if len(over) < SESSIONS_BEFORE_HINT or services.appointments.of_client(client_id):
        return
    kinds = [kind for kind in (AppointmentKind.BOTH, AppointmentKind.AI) if _can_be_met(client_id, kind)]
    free = services.appointments.free_for(client_id, kinds[0]) if kinds else []
    if not free:
        return
    clocks = _clocks(client_id)
    with st.container(border=True, gap="xsmall", key="nothing_planned"):
        st.write("Nothing is planned. If you like, book a time for your next session:")
        # Near the time of day at which they came last.
        for at in three_times_like(free, over[0].start_time, clocks.own):
            label = plain(f"{day_text(at, clocks.own)}, {clocks.both(at, kinds[0])}")
            st.page_link("pages/Appointments.py", label=label, query_params=booking_query(at, kinds[0]))
        st.button(
            "Do not show this again", key="put_hint_away", type="tertiary", on_click=_put_away, args=(client_id,)
        )


def _put_away(client_id: str) -> None:
    run_action(HINT, lambda: get_services().reminders.put_planning_hint_away(client_id), "You do not see it again.")


def _can_be_met(client_id: str, kind: AppointmentKind) -> bool:
    return get_services().appointments.hours_for(client_id, kind) is not None


def next_appointment(client_id: str) -> None:
    """On the client's Home: the next date, and what happens at it; nothing where there is none."""
    services = get_services()
    if not services.settings.appointments:
        return
    ahead = services.appointments.of_client(client_id)
    if not ahead:
        return
    clocks, first = _clocks(client_id), ahead[0]
    with st.container(border=True, gap="xsmall", key="next_appointment"):
        st.markdown(f"**Your next appointment:** {_when(first, clocks)}, with {_with(first, clocks)}")
        if first.is_open(services.clock()):
            st.write("It is time: open your room. " + KINDS[first.kind][1])
        else:
            st.caption(f"It is time to open your room from {clock_text(first.opens_at(), clocks.own)} on.")
        st.page_link("pages/Appointments.py", label="Move or cancel it", icon=":material/event:")


def _offered_by_link(person: Person, clocks: _Clocks) -> None:
    """A time that a link has chosen, such as one in a mail: to book by one press, or else the nearest three."""
    show_flash(OFFERED)
    services, client_id = get_services(), str(person.client_id)
    at, kind = time_in(str(st.query_params.get(TIME, ""))), str(st.query_params.get(WITH, ""))
    kinds = [each for each in KINDS if each == kind and _can_be_met(client_id, each)]
    if at is None or not kinds:
        return
    if any(each.begins_at == at for each in services.appointments.of_client(client_id)):
        return
    form = CreateForm("offered")
    when = plain(f"{day_text(at, clocks.own)}, {clocks.both(at, kinds[0])}")
    free = services.appointments.free_for(client_id, kinds[0])
    with st.container(border=True, key="offered"):
        if at in free:
            st.write(f"Book **{when}** with {whom_text(kinds[0], 'your human coach')}?")
            key = form.key("book_offered")
            st.button(
                "Book this time", key=key, type="primary", on_click=_take_offered, args=(person, kinds[0], at, form)
            )
            return
        near = nearest(free, at)
        st.write(f"{when} is not free any more. {'These times are free and nearest to it:' if near else ''}")
        for other in near:
            label = plain(f"Book {day_text(other, clocks.own)}, {clocks.both(other, kinds[0])}")
            key = form.key(f"offered_{other:%Y%m%d%H%M}")
            st.button(label, key=key, on_click=_take_offered, args=(person, kinds[0], other, form))


def _take_offered(person: Person, kind: AppointmentKind, at: datetime, form: CreateForm) -> None:
    def book() -> Appointment:
        return get_services().appointments.book(str(person.client_id), kind, at, by=person.email)

    form.submit(OFFERED, book, "Your appointment is booked.", empty=False)


def _one(person: Person, appointment: Appointment, clocks: _Clocks, opened: str | None) -> None:
    services = get_services()
    st.subheader(_when(appointment, clocks), anchor=False)
    st.write(f"With {_with(appointment, clocks)}. {KINDS[appointment.kind][1]}")
    if appointment.is_open(services.clock()):
        post_button("Open my room", "/room/create", key=f"enter_{appointment.id}")
    else:
        minutes = OPENS_BEFORE.seconds // 60
        st.caption(f"Come from {minutes} minutes before: at {clock_text(appointment.opens_at(), clocks.own)}.")
    if appointment.begins_at <= services.clock():
        return
    with st.expander("Move it", expanded=opened == MOVE, key=f"move_{appointment.id}"):
        _move(person, appointment, clocks)
    with st.expander("Cancel it", expanded=opened == CANCEL, key=f"cancel_{appointment.id}"):
        whom = ", and for your human coach" if appointment.coach_email else ""
        st.write(f"It is cancelled at once{whom}; you can book another time.")
        all_later = all_later_too(appointment, f"cancels_{appointment.id}", "Cancel")
        st.text_input("The reason, if you like", key=f"why_{appointment.id}", max_chars=MAX_WHY_CHARS)
        label = "Cancel these appointments" if all_later else "Cancel this appointment"
        press = _cancel_later if all_later else _cancel
        st.button(label, key=f"drop_{appointment.id}", on_click=press, args=(person, appointment.id))


def _move(person: Person, appointment: Appointment, clocks: _Clocks) -> None:
    free = get_services().appointments.free_for(appointment.client_id, appointment.kind, appointment)
    free = [at for at in free if at != appointment.begins_at]
    for at in _nearest(appointment.id):
        label = plain(f"Move it to {day_text(at, clocks.own)}, {clocks.both(at, appointment.kind)}")
        key = f"near_{appointment.id}_{at:%Y%m%d%H%M}"
        st.button(label, key=key, on_click=_move_to, args=(person, appointment, at))
    # Moved, its fields are others.
    name = f"{appointment.id}_{appointment.sequence}"
    if choose_time(free, clocks.own, lambda at: clocks.both(at, appointment.kind), name):
        all_later = all_later_too(appointment, f"moves_{name}", "Move")
        press = _press_move_later if all_later else _press_move
        st.button("Move it to this time", key=f"to_{name}", on_click=press, args=(person, appointment, name))
    else:
        st.write("No other time is free now.")


def _book(person: Person, clocks: _Clocks) -> None:
    services, client_id = get_services(), str(person.client_id)
    form = CreateForm("appointment")
    st.header("Book a time", anchor=False)
    show_flash(BOOKING)
    kinds = [kind for kind in KINDS if _can_be_met(client_id, kind)]
    kind = AppointmentKind.AI
    if len(kinds) > 1:
        kind = st.radio("With whom?", kinds, format_func=lambda each: KINDS[each][0], key=form.key("with_whom"))
    st.caption(KINDS[kind][1])
    for at in _nearest(None):
        label = plain(f"Book {day_text(at, clocks.own)}, {clocks.both(at, kind)}")
        key = form.key(f"near_{at:%Y%m%d%H%M}")
        st.button(label, key=key, on_click=_book_at, args=(person, kind, at, form))
    free = services.appointments.free_for(client_id, kind)
    if choose_time(free, clocks.own, lambda at: clocks.both(at, kind), form.key(kind)):
        rule = choose_repeats(chosen_time(form.key(kind)), form.key(f"repeat_{kind}"))
        if rule is not None:
            _book_series(person, kind, rule, clocks, form)
        else:
            key = form.key("book")
            st.button("Book this time", key=key, type="primary", on_click=_press_book, args=(person, kind, form))
    else:
        st.write("No time is free now. Look again on another day, or write to your human coach.")
    why_not_offered(
        ASKED_DAYS, clocks.own, lambda at: services.appointments.why_not_free(client_id, kind, at), "why_not"
    )


def _book_series(person: Person, kind: AppointmentKind, rule: SeriesRule, clocks: _Clocks, form: CreateForm) -> None:
    client_id = str(person.client_id)
    planned = get_services().series.plan(client_id, kind, rule)
    if kind.with_coach and clocks.other is not None and clocks.other != clocks.own:
        st.caption(plain(f"Each date is at the same time on the clock of {clocks.coach} (time zone {clocks.other})."))
    free = show_plan(planned, clocks.own, lambda at: clocks.both(at, kind))
    if not free:
        st.write("None of these dates is free. Choose another time above.")
        return
    label = f"Book these {len(free)} dates" if len(free) > 1 else "Book this one date"
    args = (person, kind, rule, free, form)
    st.button(label, key=form.key("book_series"), type="primary", on_click=_press_series, args=args)


def _nearest(place: str | None) -> Sequence[datetime]:
    """After a time could not be had: those that can. `place`: the appointment to move; None for a new one."""
    kept, times = st.session_state.get(NEAREST, (None, ()))
    if kept != place or not times:
        return ()
    st.write("These times are free and nearest to it:")
    found: Sequence[datetime] = times
    return found


def _press_book(person: Person, drawn: AppointmentKind, form: CreateForm) -> None:
    kind = AppointmentKind(form.value("with_whom") or drawn)
    _submit(person, kind, form, lambda: chosen_time(form.key(kind)))


def _press_series(
    person: Person, kind: AppointmentKind, rule: SeriesRule, shown: Sequence[datetime], form: CreateForm
) -> None:
    def book() -> list[Appointment]:
        return get_services().series.book(str(person.client_id), kind, rule, shown, by=person.email)

    form.submit(BOOKING, book, lambda made: f"Your {len(made)} appointments are booked.", empty=False)


def _book_at(person: Person, kind: AppointmentKind, at: datetime, form: CreateForm) -> None:
    _submit(person, kind, form, lambda: at)


def _submit(person: Person, kind: AppointmentKind, form: CreateForm, at: Callable[[], datetime]) -> None:
    def book() -> Appointment:
        return get_services().appointments.book(str(person.client_id), kind, at(), by=person.email)

    offering = _Offering(book)
    form.submit(BOOKING, offering, "Your appointment is booked.", empty=False)
    offering.keep(None)


def _press_move(person: Person, appointment: Appointment, name: str) -> None:
    _move_by(person, appointment, lambda: chosen_time(name))


def _press_move_later(person: Person, appointment: Appointment, name: str) -> None:
    id, client_id, was = appointment.id, appointment.client_id, appointment.begins_at

    def move() -> list[Appointment]:
        return get_services().series.move_from(id, client_id, was, chosen_time(name), by=person.email)

    done, once = "Your appointments are moved.", f"move {id} {appointment.sequence}"
    run_action(KEPT, move, done, once=once)


def _move_to(person: Person, appointment: Appointment, at: datetime) -> None:
    _move_by(person, appointment, lambda: at)


def _move_by(person: Person, appointment: Appointment, at: Callable[[], datetime]) -> None:
    id, client_id, was = appointment.id, appointment.client_id, appointment.begins_at

    def move() -> Appointment:
        return get_services().appointments.move(id, client_id, was, at(), by=person.email)

    offering = _Offering(move)
    run_action(KEPT, offering, "Your appointment is moved.", once=f"move {id} {appointment.sequence}")
    offering.keep(id)


def _cancel(person: Person, id: str) -> None:
    why = st.session_state.get(f"why_{id}")

    def cancel() -> Appointment:
        return get_services().appointments.cancel_own(id, str(person.client_id), why, by=person.email)

    run_action(KEPT, cancel, "Your appointment is cancelled.", once=f"cancel {id}")


def _cancel_later(person: Person, id: str) -> None:
    why = st.session_state.get(f"why_{id}")

    def cancel() -> list[Appointment]:
        return get_services().series.cancel_own_from(id, str(person.client_id), why, by=person.email)

    run_action(KEPT, cancel, "Your appointments are cancelled.", once=f"cancel {id}")


class _Offering:
    """Does the work, and notes which times were offered instead."""

    def __init__(self, work: Callable[[], Appointment]) -> None:
        self._work = work
        self._times: Sequence[datetime] = ()

    def __call__(self) -> Appointment:
        try:
            return self._work()
        except TimeNotFreeError as error:
            self._times = error.nearest
            raise

    def keep(self, place: str | None) -> None:
        """In the callback, after the work: the page shows them at this place."""
        st.session_state[NEAREST] = (place, self._times)


def _clocks(client_id: str) -> _Clocks:
    services = get_services()
    hours = services.appointments.hours_for(client_id, AppointmentKind.BOTH)
    coach = services.people.coach_of(client_id) or "your human coach"
    return _Clocks(own_zone(client_id), hours.zone if hours else None, coach)


def _when(appointment: Appointment, clocks: _Clocks) -> str:
    times = clocks.both(appointment.begins_at, appointment.kind)
    return plain(f"{day_text(appointment.begins_at, clocks.own)}, {times}")


def _with(appointment: Appointment, clocks: _Clocks) -> str:
    return whom_text(appointment.kind, plain(clocks.coach))
