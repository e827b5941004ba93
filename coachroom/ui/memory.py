"""All that the coach remembers of a client, theirs to read, change and forget."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.coaching.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from coachroom.coaching.profiles import Profile
from coachroom.errors import RoomNotFoundError
from coachroom.ui.briefing_view import show_briefing
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time

MEMORY = "memory"
KINDS = {
    MemoryKind.FACT: "About you",
    MemoryKind.PREFERENCE: "What you like",
    MemoryKind.CHALLENGE: "What is hard for you",
    MemoryKind.SUMMARY: "What a session was about",
}
OWN_KINDS = (MemoryKind.FACT, MemoryKind.PREFERENCE, MemoryKind.CHALLENGE)
SOURCES = {
    MemorySource.CLIENT: "you wrote it",
    MemorySource.TOOL: "noted in a session",
    MemorySource.PROVIDER: "heard in a session, afterwards",
}
SHOWN = 20


def memory_page(client_id: str) -> None:
    """The switch, everything remembered, the way to add and to forget all, and what the coach was told."""
    services = get_services()
    profile, memories = services.coaching.profiles.get(client_id), services.coaching.memory.list_for(client_id)
    with st.container(key="reading"):
        st.title("What the coach remembers", anchor=False)
        st.write("All of it is yours: change what is not right, and forget what should not be here.")
        show_flash(MEMORY)
        _switch(client_id, profile)
        if profile.remembers:
            with st.expander("Add something", key="add_memory"):
                _form(client_id)
        if not memories:
            st.write("Nothing is remembered." if profile.remembers else "Nothing is kept.")
        pages = -(-len(memories) // SHOWN)
        page = st.pagination(pages, key="memory_page") if pages > 1 else 1
        for memory in memories[(page - 1) * SHOWN : page * SHOWN]:
            with st.container(border=True, key=f"memory_{memory.id}"):
                _memory(client_id, memory)
        if memories:
            with st.expander("Forget everything", key="forget_everything"):
                _forget_everything(client_id, len(memories))
        _told_last_time(client_id)
        st.page_link("pages/Start.py", label="Back to your home page")


def _switch(client_id: str, profile: Profile) -> None:
    st.toggle(
        "The coach may remember",
        value=profile.remembers,
        key="remembers",
        on_change=_switch_memory,
        args=(client_id,),
    )
    if not profile.remembers:
        st.caption(
            "Memory is off: nothing new is kept, and what is listed below is not used. Goals and next steps stay."
        )


def _memory(client_id: str, memory: Memory) -> None:
    st.text(memory.text or "")
    about = [KINDS[memory.kind], SOURCES[memory.source], day_and_time(memory.created_at)]
    if memory.status is MemoryStatus.EDITED:
        about.append("changed by you")
    st.caption(" · ".join(about))
    _session_link(client_id, memory)
    with st.container(horizontal=True):
        with st.popover("Change", key=f"change_{memory.id}"), st.form(f"edit_{memory.id}", border=False):
            st.text_area("In your own words", value=memory.text or "", key=f"text_{memory.id}")
            st.form_submit_button("Save", type="primary", on_click=_edit, args=(client_id, memory.id))
        st.button("Forget", key=f"forget_{memory.id}", on_click=_forget, args=(client_id, memory.id))


def _session_link(client_id: str, memory: Memory) -> None:
    if memory.session_id is None:
        return
    try:
        session = get_services().rooms.own_session(memory.session_id, client_id)
    except RoomNotFoundError:
        return
    label = f"From your session of {day_and_time(session.start_time)}"
    st.page_link("pages/Session.py", label=label, query_params={"session": session.id}, icon=":material/forum:")


def _form(client_id: str) -> None:
    with st.form("new_memory", border=False):
        st.text_area(
            "What should the coach remember?",
            key="memory_text",
            placeholder="Such as: I have two children",
        )
        st.selectbox("What is it?", OWN_KINDS, format_func=KINDS.__getitem__, key="memory_kind")
        st.form_submit_button("Remember this", type="primary", on_click=_add, args=(client_id,))


def _forget_everything(client_id: str, many: int) -> None:
    sure = st.checkbox(f"Yes, forget {'all ' if many > 1 else ''}{some(many, 'thing')} for good", key="forget_sure")
    st.button("Forget everything", key="forget_all", disabled=not sure, on_click=_forget_all, args=(client_id,))


def _told_last_time(client_id: str) -> None:
    used = get_services().briefings.latest_for(client_id)
    st.subheader("What the coach was told last time", anchor=False)
    if used is None:
        st.write("Nothing yet. After your next session you can read here, word for word, what it was told before.")
        return
    with st.expander(f"Word for word, as of {day_and_time(used.made_at)}", key="told"):
        show_briefing(used)


def _switch_memory(client_id: str) -> None:
    on = bool(st.session_state["remembers"])
    done = "From now on the coach remembers." if on else "From now on nothing is remembered."
    run_action(MEMORY, lambda: get_services().coaching.profiles.switch_memory(client_id, on), done)


def _add(client_id: str) -> None:
    text, kind = st.session_state["memory_text"], st.session_state["memory_kind"]
    run_action(
        MEMORY,
        lambda: get_services().coaching.memory.write(client_id, text, kind),
        "It is kept.",
        {"memory_text": ""},
    )


def _edit(client_id: str, memory_id: str) -> None:
    text = st.session_state[f"text_{memory_id}"]
    run_action(MEMORY, lambda: get_services().coaching.memory.edit(client_id, memory_id, text), "Changed.")


def _forget(client_id: str, memory_id: str) -> None:
    run_action(MEMORY, lambda: get_services().coaching.memory.forget(client_id, memory_id), _forgotten)


def _forgotten(memories: int) -> str:
    if memories < 2:
        return "Forgotten."
    more = some(memories - 1, "other thing is based", "other things are based")
    return f"Forgotten. {more} on the same words and went too."


def _forget_all(client_id: str) -> None:
    run_action(
        MEMORY,
        lambda: get_services().coaching.memory.forget_all(client_id),
        "Forgotten for good.",
        {"forget_sure": False},
    )
