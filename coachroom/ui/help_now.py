"""Help now: crisis lines by country, from everywhere in a client's pages and on a page of their own."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.safety.help_lines import HelpInCountry
from coachroom.ui import components
from coachroom.ui.formatting import plain

PAGE = "/Help"
NEEDED = "help_needed"


def open_help_after(words: str) -> None:
    """In a callback: the help opens where the client wrote words of danger."""
    if get_services().danger_phrases.found_in(words):
        st.session_state[NEEDED] = st.session_state.get(NEEDED, 0) + 1


def help_button() -> None:
    """The quiet control at the top of each page, for the country of the reader's clock."""
    here = _here()
    lines = [
        {"name": line.name, "phone": line.phone, "dialled": line.dialled, "web": line.web, "note": line.note}
        for line in here.lines
    ]
    needed = st.session_state.get(NEEDED, 0)
    data = {"country": here.name, "emergency": here.emergency, "lines": lines, "more": PAGE, "needed": needed}
    components.help_now(data, key="help_now")


def help_page() -> None:
    """The lines of the reader's country, and of any other."""
    countries = get_services().help_lines.by_name
    with st.container(key="reading"):
        st.title("Help now", anchor=False)
        st.write(
            "The coach is an AI and cannot help in an emergency. If you are in danger, or think of hurting yourself, "
            "talk to a person now: call one of these lines, or go to somebody you trust."
        )
        names = [each.name for each in countries]
        chosen = st.selectbox("Country", names, index=names.index(_here().name), key="help_country")
        found = countries[names.index(str(chosen))]
        st.markdown(f"Emergency: **{found.emergency}**")
        st.markdown("\n".join(f"- {_line}" for _line in _lines(found)))
        st.caption("Your community keeps this list. None of these lines is told that you looked here.")


def _lines(country: HelpInCountry) -> list[str]:
    found = []
    for line in country.lines:
        parts = [f"**{plain(line.name)}**", plain(line.phone), line.web and f"[{plain(line.web)}]({line.web})"]
        found.append(", ".join(part for part in parts if part) + (f" ({plain(line.note)})" if line.note else ""))
    return found


def _here() -> HelpInCountry:
    return get_services().help_lines.for_zone(st.context.timezone or "")
