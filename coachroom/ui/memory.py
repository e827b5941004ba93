"""All that the coach remembers of a client, theirs to read, change and forget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.coaching.memory import MAX_MEMORY_CHARS, Forgetting, Memory, MemoryKind, MemorySource, MemoryStatus
from coachroom.coaching.profiles import Profile
from coachroom.errors import RoomNotFoundError
from coachroom.ui.briefing_view import show_briefing
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time
from coachroom.ui.presses import may_press_again
from coachroom.ui.stays import leave, open_page, stay, staying

MEMORY, ADDED = "memory", "added_memory"
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
UNDO_FOR = timedelta(seconds=10)
# As wide as a letter, and no word: what is forgotten for good leaves its card as large as it was. The edge is not
# white space, which would be cut off.
BLANK, EDGE = "\u2007", "\u2060"


@dataclass(frozen=True)
class Gone:
    """A forgotten memory in its place. `forgetting` is what Undo takes back, None once that is over."""

    memory: Memory
    forgotten_at: datetime
    forgetting: Forgetting | None

    def at(self, now: datetime) -> Gone:
        """Without its words once it is forgotten for good."""
        if self.forgetting is None or now - self.forgotten_at < UNDO_FOR:
            return self
        blank = " ".join(BLANK * len(word) for word in self.memory.words.split())
        return replace(self, memory=replace(self.memory, text=f"{EDGE}{blank}{EDGE}"), forgetting=None)


def memory_page(client_id: str) -> None:
    """The switch, everything remembered, the way to add and to forget all, and what the coach was told."""
    services = get_services()
    open_page("remembers")
    gone = _gone_now()
    profile, memories = services.coaching.profiles.get(client_id), services.coaching.memory.list_for(client_id)
    with st.container(key="reading"):
        st.title("What the coach remembers", anchor=False)
        st.write("All of it is yours: change what is not right, and forget what should not be here.")
        show_flash(MEMORY)
        _switch(client_id, profile)
        if not profile.remembers:
            show_flash(ADDED)
        else:
            with st.expander("Add something", key="add_memory"):
                _form(client_id)
        if not memories and not gone:
            st.write("Nothing is remembered." if profile.remembers else "Nothing is kept.")
        _cards(client_id, memories, gone)
        if memories:
            with st.expander("Forget everything", key="forget_everything"):
                _forget_everything(client_id, len(memories))
        _told_last_time(client_id)
        st.page_link("pages/Start.py", label="Back to your home page")


def _gone_now() -> Mapping[str, Gone]:
    """What was forgotten on this page; what is past its Undo has lost its words here too."""
    now = get_services().clock()
    stay(MEMORY, {memory_id: gone.at(now) for memory_id, gone in staying(MEMORY).items()})
    return staying(MEMORY)


def _cards(client_id: str, memories: Sequence[Memory], gone: Mapping[str, Gone]) -> None:
    """Newest first; what was forgotten just now stands in its place."""
    listed = {memory.id: memory for memory in memories}
    every = sorted(
        [*memories, *(each.memory for each in gone.values() if each.memory.id not in listed)],
        key=lambda memory: (memory.created_at, memory.id),
        reverse=True,
    )
    pages = -(-len(every) // SHOWN)
    page = st.pagination(pages, key="memory_page") if pages > 1 else 1
    for memory in every[(page - 1) * SHOWN : page * SHOWN]:
        with st.container(border=True, key=f"memory_{memory.id}"):
            if memory.id in listed:
                _memory(client_id, memory)
            else:
                _forgotten_memory(client_id, gone[memory.id])
    times = [each.forgotten_at for each in gone.values() if each.forgetting is not None]
    if times:
        _undo_ends(min(times) + UNDO_FOR)


@st.fragment(run_every=1)
def _undo_ends(at_time: datetime) -> None:
    """Draws the page again when the first Undo is over."""
    if get_services().clock() >= at_time:
        st.rerun()


def _forgotten_memory(client_id: str, gone: Gone) -> None:
    """As large as the memory was, with Undo where nobody presses twice."""
    st.text(gone.memory.words if gone.forgetting else gone.memory.text)
    if gone.forgetting is None:
        st.caption("Forgotten for good.")
    else:
        st.caption(f"Forgotten. You can undo this for {UNDO_FOR.seconds} seconds.")
    _session_link(client_id, gone.memory)
    st.button(
        "Undo",
        key=f"unforget_{gone.memory.id}",
        disabled=gone.forgetting is None,
        on_click=_take_back,
        args=(gone.forgetting,),
    )


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
    st.text(memory.words)
    about = [KINDS[memory.kind], SOURCES[memory.source], day_and_time(memory.created_at)]
    if memory.status is MemoryStatus.EDITED:
        about.append("changed by you")
    st.caption(" · ".join(about))
    _session_link(client_id, memory)
    with st.container(horizontal=True):
        with st.popover("Change", key=f"change_{memory.id}"), st.form(f"edit_{memory.id}", border=False):
            st.text_area("In your own words", value=memory.words, key=f"text_{memory.id}", max_chars=MAX_MEMORY_CHARS)
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
    form = CreateForm("memory")
    with st.form(form.key("new_memory"), border=False):
        st.text_area(
            "What should the coach remember?",
            key=form.key("memory_text"),
            max_chars=MAX_MEMORY_CHARS,
            placeholder="Such as: I have two children",
        )
        st.selectbox("What is it?", OWN_KINDS, format_func=KINDS.__getitem__, key=form.key("memory_kind"))
        show_flash(ADDED)
        st.form_submit_button("Remember this", type="primary", on_click=_add, args=(client_id, form))


def _forget_everything(client_id: str, many: int) -> None:
    sure = st.checkbox(f"Yes, forget {'all ' if many > 1 else ''}{some(many, 'thing')} for good", key="forget_sure")
    st.button("Forget everything", key="forget_all", disabled=not sure, on_click=_forget_all, args=(client_id,))


def _told_last_time(client_id: str) -> None:
    used = get_services().briefings.latest_for(client_id)
    st.header("What the coach was told last time", anchor=False)
    if used is None:
        st.write("Nothing yet. After your next session you can read here, word for word, what it was told before.")
        return
    with st.expander(f"Word for word, as of {day_and_time(used.made_at)}", key="told"):
        show_briefing(used)


def _switch_memory(client_id: str) -> None:
    on = bool(st.session_state["remembers"])
    done = "From now on the coach remembers." if on else "From now on nothing is remembered."
    run_action(MEMORY, lambda: get_services().coaching.profiles.switch_memory(client_id, on), done)


def _add(client_id: str, form: CreateForm) -> None:
    text, kind = form.value("memory_text"), form.value("memory_kind")
    write = get_services().coaching.memory.write
    form.submit(ADDED, lambda: write(client_id, text, kind), "It is kept.", empty=not text)


def _edit(client_id: str, memory_id: str) -> None:
    text = st.session_state[f"text_{memory_id}"]
    run_action(MEMORY, lambda: get_services().coaching.memory.edit(client_id, memory_id, text), "Changed.")


def _forget(client_id: str, memory_id: str) -> None:
    forget, now = get_services().coaching.memory.forget, get_services().clock()

    def keep_place(forgetting: Forgetting) -> None:
        stay(MEMORY, {memory.id: Gone(memory, now, forgetting) for memory in forgetting.memories})

    once = f"forget_{memory_id}"
    run_action(MEMORY, lambda: forget(client_id, memory_id), _forgotten, once=once, then=keep_place)


def _forgotten(forgetting: Forgetting) -> str:
    more = len(forgetting.memories) - 1
    if not more:
        return "Forgotten."
    return (
        f"Forgotten. {some(more, 'other thing is based', 'other things are based')} on the same words and went too."
    )


def _take_back(forgetting: Forgetting) -> None:
    def give_place_up(_: None) -> None:
        leave(MEMORY, {memory.id for memory in forgetting.memories})
        for memory in forgetting.memories:
            may_press_again(f"forget_{memory.id}")

    take_back = get_services().coaching.memory.take_back
    run_action(MEMORY, lambda: take_back(forgetting), "It is remembered again.", then=give_place_up)


def _forget_all(client_id: str) -> None:
    run_action(
        MEMORY,
        lambda: get_services().coaching.memory.forget_all(client_id),
        "Forgotten for good.",
        {"forget_sure": False},
    )
