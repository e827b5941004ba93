"""How a client wants to be coached: a form they may fill in or leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.approach import Lead, Opening, Pace, Tone
from coachroom.coaching.profiles import MAX_CALLED_CHARS, Profile
from coachroom.coaching.proposals import ProposalKind
from coachroom.languages import language_called, language_name
from coachroom.people.people import Person
from coachroom.ui import components
from coachroom.ui.approach import approach_section
from coachroom.ui.comparisons import part_in_comparisons
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.mail import mail_goes_out
from coachroom.ui.proposals import show_open_proposals
from coachroom.ui.reminders import reminders_section
from coachroom.ui.sign_in import sign_out_button
from coachroom.ui.stays import open_page
from coachroom.web.devices import device_in

PROFILE, DEVICES = "profile", "tell_of_devices"
Choice = TypeVar("Choice", Tone, Pace, Opening, Lead, str)
TONES = {None: "as it comes", Tone.DIRECT: "direct: says plainly what it notices", Tone.GENTLE: "gentle: takes care"}
PACES = {
    None: "as it comes",
    Pace.SHORT: "short: few words, to the point",
    Pace.EXPLORING: "exploring: room to think",
}
OPENINGS = {
    None: "as it comes",
    Opening.CHECK_BACK: "what we agreed last time",
    Opening.GOAL: "my goals",
    Opening.OPEN: "whatever I bring",
}
LEADS = {None: "as it comes", Lead.CLIENT: "I do", Lead.COACH: "the coach does"}


def profile_page(person: Person) -> None:
    """The suggestions of a human coach, then the form."""
    client_id = str(person.client_id)
    open_page("called_")
    coaching = get_services().coaching
    profile = coaching.profiles.get(client_id)
    suggested = [each for each in coaching.proposals.open_for(client_id) if each.kind is ProposalKind.TAILORING]
    with st.container(key="reading"):
        st.title("How you are coached", anchor=False)
        st.write("The coach reads this before each session. Leave empty what you like.")
        show_open_proposals(client_id, suggested)
        if not profile.saved and profile.challenges:
            st.caption(
                "What is hard for you is filled in from your answers when you joined the community. "
                "Change it as you like, then save."
            )
        _form(client_id, profile)
        approach_section(profile)
        part_in_comparisons(client_id)
        reminders_section(person)
        _notifications(person.email)
        _signing_out(client_id)
        st.page_link("pages/Memory.py", label="What the coach remembers")
        st.page_link("pages/Start.py", label="Back to your home page")


def _notifications(email: str) -> None:
    services = get_services()
    key = services.push_key
    if key is None:
        return
    st.header("Notifications on this device", anchor=False)
    st.write(
        "This device tells you when your human coach asks to join your session, when they write to you, when an "
        "appointment is moved or cancelled, and what you ticked under “Reminders”. Nothing of what was said stands "
        "in it, and it goes sealed through the service of your browser's maker. When you press the button, the "
        "browser asks whether you allow it. When you sign out, it ends on all your devices."
    )
    known = services.push_subscriptions.browsers_of(email)
    components.push_switch({"public_key": key.public_text, "known": known}, key="push_switch")


def _signing_out(client_id: str) -> None:
    services = get_services()
    st.header("Your sign-ins", anchor=False)
    st.write(
        "If you used a computer that is not yours, or lost one: this ends every sign-in of yours within seconds, in "
        "all windows and on all devices, this one too."
    )
    sign_out_button("Sign out everywhere")
    if mail_goes_out():
        show_flash(DEVICES)
        st.checkbox(
            "Send me a mail when my room is used from a new device",
            value=services.devices.wished(client_id),
            key=DEVICES,
            on_change=_tell_of_devices,
            args=(client_id,),
        )
        st.caption("Each browser that you open your room in then keeps a random number that tells it apart.")


def _tell_of_devices(client_id: str) -> None:
    devices, wished = get_services().devices, bool(st.session_state[DEVICES])

    def work() -> None:
        if wished:
            devices.wish(client_id, device=device_in(st.context.cookies))
        else:
            devices.wish_no_more(client_id)

    run_action(DEVICES, work, "You get a mail about each new device." if wished else "You get no mail any more.")


def _form(client_id: str, profile: Profile) -> None:
    # What is there changes under an accepted suggestion: then the fields are new ones.
    drawn = hash(profile)
    with st.form("profile", border=False):
        st.text_input(
            "What should the coach call you?",
            value=profile.called or "",
            max_chars=MAX_CALLED_CHARS,
            placeholder=profile.address,
            key=f"called_{drawn}",
        )
        _one_of("How should it speak with you?", TONES, profile.tone, f"tone_{drawn}")
        _one_of("How much should it say?", PACES, profile.pace, f"pace_{drawn}")
        _one_of("What should a session begin with?", OPENINGS, profile.opening, f"opening_{drawn}")
        _one_of("Who sets the course?", LEADS, profile.lead, f"lead_{drawn}")
        language, languages = _languages(profile)
        if len(languages) > 1:
            _one_of("In which language?", languages, language, f"language_{drawn}")
        st.text_area(
            "What should the coach know about working with you?",
            value=profile.wishes or "",
            placeholder="Such as: Ask me one question at a time",
            key=f"wishes_{drawn}",
        )
        st.text_area(
            "What is hard for you at the moment?",
            value=profile.challenges or "",
            height=140,
            key=f"challenges_{drawn}",
        )
        show_flash(PROFILE)
        st.form_submit_button("Save", type="primary", on_click=_save, args=(client_id, drawn))


def _languages(profile: Profile) -> tuple[str | None, dict[str | None, str]]:
    """The language chosen and those to choose from, by name: None is the agent's own."""
    own, *further = map(language_name, get_services().agent_file.languages)
    known = language_called(profile.language)
    chosen = profile.language if known is None else known.name
    if chosen == own:
        chosen = None
    # Wishes in the client's own words, from when there was no choice, stay until they change them.
    return chosen, {None: own} | {name: name for name in (*further, *([chosen] if chosen else []))}


def _one_of(label: str, choices: Mapping[Choice | None, str], chosen: Choice | None, key: str) -> None:
    st.radio(label, list(choices), index=list(choices).index(chosen), format_func=choices.__getitem__, key=key)


def _save(client_id: str, drawn: int) -> None:
    profiles, state = get_services().coaching.profiles, st.session_state
    # From what is there now: memory may have been switched in another window.
    profile = profiles.get(client_id)
    given = replace(
        profile,
        called=state[f"called_{drawn}"].strip(),
        tone=state[f"tone_{drawn}"],
        pace=state[f"pace_{drawn}"],
        opening=state[f"opening_{drawn}"],
        lead=state[f"lead_{drawn}"],
        language=state.get(f"language_{drawn}", profile.language),
        wishes=state[f"wishes_{drawn}"],
        challenges=state[f"challenges_{drawn}"],
    )
    run_action(PROFILE, lambda: profiles.save(given), "Saved. It counts from your next session on.")
