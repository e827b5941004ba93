"""Of what a client is reminded: their choice on one page, and a tap at the end of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.appointments.time_text import long_day
from coachroom.notifications.message import Channel
from coachroom.people.people import Person
from coachroom.reminders.choices import KINDS, MOST_A_WEEK, OF_APPOINTMENTS, Reminder, ReminderChoices
from coachroom.reminders.come_back import DAYS
from coachroom.reminders.quiet_hours import QuietHours
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.own_days import own_zone

PLACE, COME_BACK_PLACE = "reminders", "come_back"
LABELS = {
    Reminder.DAY: "a day before an appointment",
    Reminder.HOUR: "an hour before an appointment",
    Reminder.QUARTER: "15 minutes before an appointment",
    Reminder.STEP: "on the day a next step is due, in the morning",
    Reminder.BACK: "on the day you wanted to come back",
}
WAYS = {Channel.MAIL: "By mail", Channel.PUSH: "As a notification on your devices"}
HOURS = [f"{hour}:00" for hour in range(24)]


def reminders_section(person: Person) -> None:
    """The form, where the app can send anything."""
    services, client_id = get_services(), str(person.client_id)
    ways = _ways(services)
    if not ways:
        return
    chosen = _as_it_is(services, person)
    zone = own_zone(client_id)
    st.header("Reminders", anchor=False)
    st.write(
        "You get the reminders that you tick, and no others. No words of a session, a goal or a next step stand in "
        "them. A reminder that you do not need any more is not sent."
    )
    with st.form("reminders", border=False):
        for way in ways:
            st.markdown(f"**{WAYS[way]}**")
            if way is Channel.PUSH:
                st.caption("On the devices where you press the button under “Notifications on this device” below.")
            for reminder in _offered(services):
                st.checkbox(LABELS[reminder], value=chosen.want(reminder, way), key=_key(way, reminder))
        st.markdown("**When, and how often**")
        with st.container(horizontal=True):
            st.selectbox("Nothing from", HOURS, index=chosen.quiet.begins, key="quiet_from", width=140)
            st.selectbox("until", HOURS, index=chosen.quiet.ends, key="quiet_until", width=140)
        st.caption(
            f"On your own clock (time zone {zone.key}). What falls into these hours comes at their end, or not at "
            "all if it is of no use then. The same hour twice means: at any time."
        )
        st.selectbox(
            "At most so many a week",
            MOST_A_WEEK,
            index=chosen.most_a_week,
            key="most_a_week",
            width=200,
        )
        st.caption("Reminders of appointments do not count.")
        st.checkbox(
            "My human coach may read what I answer about due next steps",
            value=chosen.coach_reads_answers,
            key="coach_reads_answers",
        )
        show_flash(PLACE)
        st.form_submit_button("Save these reminders", on_click=_save, args=(person,))


def steps_hint(client_id: str) -> None:
    """Beside next steps: that one can be reminded of them; nothing where one is, or cannot be."""
    services = get_services()
    choices = services.reminders.choices(client_id)
    if _ways(services) and not any(choices.want(Reminder.STEP, way) for way in WAYS):
        st.page_link("pages/Profile.py", label="Be reminded on the day they are due", icon=":material/notifications:")


def come_back(session: Session, person: Person) -> None:
    """At the end of the client's latest session: when they want to be reminded to come back, by one tap."""
    services, client_id = get_services(), session.client_id
    choices = _as_it_is(services, person)
    latest = next((each for each in services.rooms.sessions_of(client_id) if each.status.over), None)
    wanted = any(choices.want(Reminder.BACK, way) for way in _ways(services))
    if not wanted or latest is None or latest.id != session.id:
        return
    st.header("Do you want to come back?", anchor=False)
    show_flash(COME_BACK_PLACE)
    chosen = services.come_back.of(client_id)
    if chosen is not None:
        st.write(f"You are reminded on {long_day(chosen.day)}, unless you come sooner.")
    else:
        st.write("You get one reminder on the day that you choose. If you come sooner, you get none.")
    with st.container(horizontal=True):
        for label, days in DAYS.items():
            st.button(label, key=f"back_{days}", on_click=_choose_day, args=(session, person, days))
        if chosen is not None:
            st.button("No reminder", key="back_none", type="tertiary", on_click=_choose_none, args=(client_id,))


def _ways(services: Services) -> list[Channel]:
    return [way for way in WAYS if services.outbox.can_send(way)]


def _offered(services: Services) -> Sequence[Reminder]:
    return [each for each in Reminder if services.settings.appointments or each not in OF_APPOINTMENTS]


def _as_it_is(services: Services, person: Person) -> ReminderChoices:
    """What was chosen here, without the mails that were stopped by their own link."""
    chosen = services.reminders.choices(str(person.client_id))
    stopped = {kind for kind in set(KINDS.values()) if services.outbox.is_unsubscribed(person.email, kind)}
    return replace(chosen, by_mail=frozenset(each for each in chosen.by_mail if KINDS[each] not in stopped))


def _save(person: Person) -> None:
    services, client_id, state = get_services(), str(person.client_id), st.session_state
    before = services.reminders.choices(client_id)

    def ticked(way: Channel, kept: frozenset[Reminder]) -> frozenset[Reminder]:
        """What the form does not show stays as it is."""
        shown = {each: state[_key(way, each)] for each in Reminder if _key(way, each) in state}
        return frozenset(each for each in Reminder if shown.get(each, each in kept))

    given = ReminderChoices(
        by_mail=ticked(Channel.MAIL, before.by_mail),
        by_push=ticked(Channel.PUSH, before.by_push),
        quiet=QuietHours(HOURS.index(state["quiet_from"]), HOURS.index(state["quiet_until"])),
        most_a_week=int(state["most_a_week"]),
        coach_reads_answers=bool(state["coach_reads_answers"]),
    )

    def save() -> None:
        services.reminders.choose(client_id, given)
        for kind in {KINDS[each] for each in given.by_mail}:
            services.outbox.subscribe(person.email, kind)

    run_action(PLACE, save, "Saved. Your next reminders follow it.")


def _choose_day(session: Session, person: Person, days: int) -> None:
    def choose() -> str:
        day = get_services().come_back.choose(session.client_id, session.id, days, by=person.email)
        return f"You are reminded on {long_day(day)}."

    run_action(COME_BACK_PLACE, choose, str)


def _choose_none(client_id: str) -> None:
    run_action(COME_BACK_PLACE, lambda: get_services().come_back.choose_none(client_id), "You are not reminded.")


def _key(way: Channel, reminder: Reminder) -> str:
    return f"remind_{way}_{reminder.name.lower()}"
