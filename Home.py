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
    from coachroom.ui.visitor import visitor

    NUMBERS = [
        st.Page(f"pages/{name}.py", title=name, url_path=name)
        for name in ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness")
    ]
    CLIENTS = st.Page("pages/Clients.py", title="Clients", url_path="Clients")
    EXPLORE = st.Page("pages/Explore.py", title="Explore", url_path="Explore")
    PAGES = {
        Role.CLIENT: [
            st.Page("pages/Room.py", title="Room", url_path="Room", visibility="hidden"),
            st.Page("pages/Session.py", title="Session", url_path="Session", visibility="hidden"),
            st.Page("pages/Goals.py", title="Goals", url_path="Goals"),
            st.Page("pages/Profile.py", title="How you are coached", url_path="Profile"),
            st.Page("pages/Memory.py", title="What the coach remembers", url_path="Memory"),
            st.Page("pages/Privacy.py", title="Privacy", url_path="Privacy"),
            st.Page("pages/Help.py", title="Help now", url_path="Help", visibility="hidden"),
        ],
        Role.COACH: [CLIENTS, *NUMBERS, st.Page("pages/Join.py", title="Join", url_path="Join", visibility="hidden")],
        Role.ANALYST: [*NUMBERS, EXPLORE],
        Role.ADMIN: [
            CLIENTS,
            *NUMBERS,
            EXPLORE,
            st.Page("pages/Members.py", title="Members", url_path="Members"),
            st.Page("pages/Import.py", title="Members from a file", url_path="Import", visibility="hidden"),
            st.Page("pages/Audit.py", title="Audit log", url_path="Audit", visibility="hidden"),
            st.Page("pages/System.py", title="System", url_path="System"),
        ],
    }

    if get_services().settings.appointments:
        PAGES[Role.CLIENT].insert(3, st.Page("pages/Appointments.py", title="Appointments", url_path="Appointments"))
        PAGES[Role.COACH].insert(1, st.Page("pages/Calendar.py", title="Calendar", url_path="Calendar"))

    person = visitor().person
    start = st.Page("pages/Start.py", title="Home", default=True)
    # Somebody who is not signed in may ask for any page: it asks them to sign in, and they come back to it.
    every_page = list(dict.fromkeys(page for pages in PAGES.values() for page in pages))
    page = st.navigation(
        [start, *(PAGES.get(person.role, []) if person else every_page)], position="top" if person else "hidden"
    )
    frame(page.title, person)
    demo_banner()
    if page.title != "Room" or person is None:
        leave_room()
    with measured(Work.PAGE, page=page.title), numbers_may_be_missing():
        page.run()
