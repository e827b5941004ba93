"""Who are you, and which pages may you open. `streamlit run Home.py` serves the whole app."""

from __future__ import annotations

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
    from coachroom.ui.frame import frame
    from coachroom.ui.sign_in import demo_banner
    from coachroom.ui.tab_state import leave_room
    from coachroom.ui.visitor import checked_once, visitor

    NUMBERS = tuple((name, name) for name in ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness"))
    APPOINTMENTS = get_services().settings.appointments
    # Of each role the pages and their titles.
    PAGES = {
        Role.CLIENT: (
            ("Room", "Room"),
            ("Session", "Session"),
            ("Goals", "Goals"),
            *([("Appointments", "Appointments")] if APPOINTMENTS else []),
            ("Profile", "How you are coached"),
            ("Memory", "What the coach remembers"),
            ("Privacy", "Privacy"),
            ("Help", "Help now"),
        ),
        Role.COACH: (
            ("Clients", "Clients"),
            *([("Calendar", "Calendar")] if APPOINTMENTS else []),
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
    NOT_IN_MENU = ("Room", "Session", "Help", "Join", "Import", "Audit")

    seen = visitor()
    person = seen.person
    # Somebody who is not signed in may ask for any page: it asks them to sign in, and they come back to it.
    named = (
        PAGES.get(person.role, ())
        if person
        else tuple(dict.fromkeys(each for pages in PAGES.values() for each in pages))
    )
    page = st.navigation(
        [
            st.Page("pages/Start.py", title="Home", default=True),
            *(
                st.Page(
                    f"pages/{name}.py",
                    title=title,
                    url_path=name,
                    visibility="hidden" if name in NOT_IN_MENU else "visible",
                )
                for name, title in named
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
