"""Privacy, to be read at any time: who sees what, who processes it, how long, and how an agreement is taken back."""

from __future__ import annotations

import streamlit as st

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.caseload.client_views import ClientView
from coachroom.clock import long_date
from coachroom.people.people import Person, Role
from coachroom.privacy.circumstances import AT_PROVIDER, PROCESSORS, circumstances
from coachroom.rooms import consent
from coachroom.rooms.states import EndReason
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.joined import joins_of, may_ask_to_join
from coachroom.ui.own_data import own_data

PRIVACY = "privacy"
MAX_VIEWS = 20
TAKEN_BACK = "Taken back. You are asked again before your next session."
HUMAN_COACH = (
    "the titles of your goals and next steps, and what became of them",
    "what you answer when you are asked about a due next step, only where you tick so under “Reminders” on the page "
    "How you are coached",
    "your stars and your answers after a session, as numbers",
    "when your sessions were, how long, how they ended, how much of the talking was yours",
    "an estimate of how likely you are to come back, made of the dates of your sessions",
    "words that you write after a session, only where you choose so beside the field",
    "the title and summary of a session, only where you share it on the session's page",
    "what you tick of a session that you hand to them on its page, which may be what was said",
)
JOINING = (
    "Your human coach sees that you are in a session, since when, and the title of your newest goal, and may ask to "
    "join. They hear and see nothing until you let them in, each time anew. Then they see and hear you and hear the "
    "AI coach, and may talk with you or tell the AI coach what to look at. What they write, and what the AI coach "
    "hears them say, is part of your session: you read it on the session's page. What you two say alone is not "
    "written down. Sound and picture go between your browser and theirs, and are not stored."
)
RELAYED = "They pass through a server of your community, so that neither of you learns the other's network address."
DIRECT = "Where they go directly, your browser and theirs learn each other's network address."
KEPT_WHEN_FORGOTTEN = (
    "When you forget something, its words are deleted, with what they were noted from and what the coach was told of "
    "them. What stays is a fingerprint from which the words cannot be read, so that the same thing is not "
    "remembered again. The transcript of the session stays: it is your own record."
)

OFF_RECORD = (
    "Before a session or in it you can take it off the record, for good. Of such a session only stays when it was, "
    "how long it took and how much of your budget: no words, no notes, no goals or steps from it, no ratings. What "
    "was stored of it before is deleted. Your human coach sees that there was a session, and nothing else of it. "
    "Words of danger still show you where to find help; they are not stored."
)
NOBODY_JOINS = " No human coach can join it; one who is there leaves when you take it off the record."


def privacy_page(person: Person) -> None:
    """All of it on one page."""
    services, client_id = get_services(), str(person.client_id)
    about = circumstances(services.settings, services.agent_file.privacy.retention_days)
    with st.container(key="reading"):
        st.title("Privacy", anchor=False)
        st.write("Who sees what of you here, who works with it, for how long, and how you take your agreement back.")
        _who_sees(services, client_id)
        _who_looked(services, client_id)
        _who_joins(services, client_id)
        st.header("Who works with it", anchor=False)
        st.write(about.processors)
        st.header("How long", anchor=False)
        st.write(about.retention)
        own_data(person, about)
        st.header("When you forget something", anchor=False)
        st.write(KEPT_WHEN_FORGOTTEN)
        st.header("Off the record", anchor=False)
        nobody_joins = NOBODY_JOINS if services.settings.live_coach else ""
        st.write(f"{OFF_RECORD}{nobody_joins} {AT_PROVIDER[services.settings.provider]}")
        _agreement(services, client_id)
        st.page_link("pages/Help.py", label="Help now: crisis lines by country", icon=":material/call:")
        st.page_link("pages/Start.py", label="Back to your home page")


def _who_sees(services: Services, client_id: str) -> None:
    st.header("Who sees what", anchor=False)
    st.write("**You** see everything: what was said, what was noted, and what the coach was told before a session.")
    coach = services.people.coach_of(client_id)
    name = f"**Your human coach, {plain(coach)},** sees" if coach else "**A human coach**, once you have one, sees"
    st.markdown(f"{name}:\n\n" + "\n".join(f"- {each}" for each in HUMAN_COACH))
    st.write(
        "Nothing else of what was said or is remembered of you. A human coach may note for themself when "
        "they were in touch with you and what to think of; nobody else reads that, and it is erased with your data."
    )
    st.write(
        "**Administrators** see the same numbers, no titles, and words that you address to them. **Analysts** see "
        f"numbers of groups of {services.settings.min_group} people or more, without names. **Whoever runs this "
        "server** could read its database, in which all of it stands."
    )


def _who_looked(services: Services, client_id: str) -> None:
    st.header("Who looked at your page", anchor=False)
    views = services.client_views.of(client_id, MAX_VIEWS)
    if not views:
        st.write(
            "Nobody yet. When a human coach or an administrator opens the page with your numbers, it stands here."
        )
        return
    st.markdown("\n".join(f"- {_look(view)}" for view in views))
    st.caption("One line for each hour in which they looked; the latest stand here.")


def _who_joins(services: Services, client_id: str) -> None:
    """What a human coach in a session sees, the client's choice, and who asked so far."""
    if services.settings.live_coach:
        st.header("When a human coach joins a session", anchor=False)
        st.write(f"{JOINING} {RELAYED if services.settings.live_relay_only else DIRECT}")
        may_ask_to_join(client_id)
        joins_of(client_id)


def _look(view: ClientView) -> str:
    as_what = ", administrator," if view.role == Role.ADMIN else ""
    return f"{plain(view.who)}{as_what} on {day_and_time(view.viewed_at)}"


def _agreement(services: Services, client_id: str) -> None:
    st.header("Your agreement", anchor=False)
    notice = consent.notice(processor=PROCESSORS[services.settings.provider])
    show_flash(PRIVACY)
    given_at = services.rooms.consent_given_at(client_id)
    if given_at is None:
        st.write("You have not agreed to the notice. You are asked before your next session; nothing starts before.")
    else:
        st.write(f"You agreed to the notice of {long_date(notice.dated)} on {day_and_time(given_at)}.")
    with st.expander("The notice", key="notice"):
        for paragraph in notice.paragraphs:
            st.write(paragraph)
    if given_at is not None:
        st.button(
            "Take my agreement back",
            key="withdraw",
            on_click=lambda: run_action(PRIVACY, lambda: withdraw(client_id), TAKEN_BACK),
        )
        st.caption("A session that is going on ends. What is stored stays until you have it erased.")


def withdraw(client_id: str) -> None:
    """Takes the client's agreement back and ends the session that is going on."""
    services = get_services()
    services.rooms.withdraw_consent(client_id)
    for session in services.rooms.sessions_of(client_id):
        if not session.status.over:
            services.sessions.end(session.id, EndReason.CLIENT)
