"""Who are you, and which pages may you open. `streamlit run Home.py` serves the whole app."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

if __name__ == "Home":
    # `streamlit run Home.py` imports this file for the app to serve; that app then runs it as its main page.
    from coachroom.launch import opened_app

    app = st.App(__file__, **opened_app())
else:
    # Browser components can be declared only once the app runs.
    from coachroom.app.current import get_services
    from coachroom.people.people import Role
    from coachroom.traces.spans import measured
    from coachroom.traces.work import Work
    from coachroom.ui.dashboard.notices import numbers_may_be_missing
    from coachroom.ui.database_away import database_may_be_away
    from coachroom.ui.frame import frame
    from coachroom.ui.sign_in import demo_banner
    from coachroom.ui.tab_state import leave_room
    from coachroom.ui.visitor import checked_once, visitor

    NUMBERS = tuple((name, name) for name in ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness"))
    # Of each role the pages and their titles.
    PAGES = {
        Role.CLIENT: (
            ("Room", "Room"),
            ("Session", "Session"),
            ("Goals", "Goals"),
            ("Appointments", "Appointments"),
            ("Profile", "How you are coached"),
            ("Memory", "What the coach remembers"),
            ("Privacy", "Privacy"),
            ("Help", "Help now"),
        ),
        Role.COACH: (
            ("Clients", "Clients"),
            ("Calendar", "Calendar"),
            *NUMBERS,
            ("Join", "Join"),
        ),
        Role.ANALYST: (*NUMBERS, ("Explore", "Explore")),
        Role.ADMIN: (
            ("Clients", "Clients"),
            *NUMBERS,
            ("Explore", "Explore"),
            ("Members", "Members"),
            ("Import", "Members from a file"),
            ("Audit", "Audit log"),
            ("System", "System"),
        ),
    }
    EVERY_PAGE = {name: title for pages in PAGES.values() for name, title in pages}
    NOT_IN_MENU = {"Room", "Session", "Help", "Join", "Import", "Audit"}
    if not get_services().settings.appointments:
        NOT_IN_MENU |= {"Appointments", "Calendar"}

    with database_may_be_away():
        seen = visitor()
    person = seen.person
    # Somebody who is not signed in may ask for any page: it asks them to sign in, and they come back to it.
    offered = dict(PAGES.get(person.role, ())) if person else EVERY_PAGE
    # A page of another role that the address names says itself that it is not for them.
    asked_for = urlsplit(st.context.url or "").path.removeprefix("/")
    named = offered | {name: title for name, title in EVERY_PAGE.items() if name == asked_for}
    page = st.navigation(
        [
            st.Page("pages/Start.py", title="Home", default=True),
            *(
                st.Page(
                    f"pages/{name}.py",
                    title=title,
                    url_path=name,
                    visibility="visible" if name in offered.keys() - NOT_IN_MENU else "hidden",
                )
                for name, title in named.items()
            ),
        ],
        position="top" if person else "hidden",
    )
    frame(page.title, person)
    demo_banner()
    if page.title != "Room" or person is None:
        leave_room()
    with measured(Work.PAGE, page=page.title), numbers_may_be_missing(), checked_once(seen):
        page.run()
