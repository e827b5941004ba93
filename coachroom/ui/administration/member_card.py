"""One member: what is known of them, when they were in sessions, and what an administrator can do."""

from __future__ import annotations

import json
from datetime import datetime

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.directory import NO_COACH, ListedMember, MemberFilter
from coachroom.charts.formatting import some
from coachroom.clock import day_there, short_date
from coachroom.notifications.invitations import invitation_text
from coachroom.notifications.message import MessageKind, MessageState
from coachroom.notifications.outbox import MessageFate
from coachroom.people.member import Member
from coachroom.people.members import NOT_YOURSELF
from coachroom.people.people import Person, Role
from coachroom.ui.administration.erasing import erase_client
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, length, outcome, plain, reader_zone
from coachroom.ui.mail import mail_goes_out

CARD = "member_card"
MAX_SESSIONS = 10
SOURCES = {"skool": "from Skool's member export", "manual": "added by hand", "demo": "invented, for trying out"}


def member_card(person: Person, email: str) -> None:
    """Everything about one member, and a way back to the list."""
    with st.container(key="people_back"):
        st.page_link("pages/Members.py", label="All members", icon=":material/arrow_back:")
    services = get_services()
    member = services.members.all().get(email)
    found, _ = services.directory.find(MemberFilter(email=email), services.clock(), skip=0, most=1)
    if member is None or not found:
        st.title("This member is not here", anchor=False)
        st.write("There is nobody with this e-mail: they may have another one by now.")
        return
    (listed,) = found
    st.title(plain(member.display_name), anchor=False)
    show_flash(CARD)
    _known(member, listed)
    if member.role == Role.CLIENT:
        _sessions(listed)
    st.header("What you can do", anchor=False)
    if member.status == "active":
        if member.role == Role.CLIENT:
            _coach_form(person, member)
        _invitation(person, member)
        _sign_out(person, member)
    if email == person.email:
        st.caption(NOT_YOURSELF)
        return
    if member.status == "active":
        _role_form(person, member)
        _remove(person, member)
    else:
        st.write("They were removed and cannot sign in.")
        st.button("Bring back", key="bring_back", type="primary", on_click=_bring_back, args=(person, member))
    if member.role == Role.CLIENT:
        erase_client(person, member, listed.client_id)


def when_seen(moment: datetime | None) -> str:
    """Such as "last seen 1 May 2026", on the reader's own clock."""
    return f"last seen {short_date(day_there(moment, reader_zone()))}" if moment else "never here"


def _known(member: Member, listed: ListedMember) -> None:
    services = get_services()
    # As text, so that it can be copied: in Markdown an address has an invisible sign against links.
    st.text(member.email)
    lines = {
        "Role": f"{member.role}, {member.status}",
        "Human coach": (listed.coach or "none") if member.role == Role.CLIENT else None,
        "Tier": member.tier,
        "Joined": day_and_time(member.joined_at) if member.joined_at else None,
        "Member ID on Skool": member.skool_member_id,
        "Source": SOURCES[member.source],
        "Last seen": day_and_time(listed.last_seen) if listed.last_seen else "never",
    }
    if listed.client_id is not None and member.role == Role.CLIENT:
        given_at = services.rooms.consent_given_at(listed.client_id)
        lines["Agreed to the notice"] = day_and_time(given_at) if given_at else "not yet"
    if member.role in (Role.COACH, Role.ADMIN):
        lines["Clients"] = str(_clients_of(member))
    st.markdown("\n".join(f"- **{name}:** {plain(value)}" for name, value in lines.items() if value))
    if member.answers:
        with st.expander("Answers to the membership questions on Skool", key="answers"):
            for question, answer in json.loads(member.answers).items():
                st.markdown(f"**{plain(question)}**")
                st.text(str(answer))


def _clients_of(coach: Member) -> int:
    every = get_services().members.all().values()
    return sum(each.coach_email == coach.email and each.status == "active" for each in every)


def _sessions(listed: ListedMember) -> None:
    st.header("Last sessions", anchor=False)
    sessions = get_services().rooms.sessions_of(listed.client_id, MAX_SESSIONS) if listed.client_id else []
    if not sessions:
        st.write("None yet.")
        return
    lines = []
    for session in sessions:
        span = f"{length(session.end_time - session.start_time)}, " if session.end_time else ""
        lines.append(f"- {day_and_time(session.start_time)}: {span}{outcome(session)}")
    st.markdown("\n".join(lines))
    st.caption("Times only: what was said is the client's own.")


def _coach_form(person: Person, member: Member) -> None:
    coaches = {coach.email: coach.display_name for coach in get_services().members.coaches()}
    options = [NO_COACH, *coaches]
    now = member.coach_email if member.coach_email in coaches else NO_COACH
    with st.form("coach_of_member", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Human coach",
            options,
            index=options.index(now),
            format_func={NO_COACH: "No coach", **coaches}.__getitem__,
            key=f"coach_of_{member.email}",
            width=280,
        )
        st.form_submit_button("Assign", on_click=_assign, args=(person, member))


def _assign(person: Person, member: Member) -> None:
    coach = st.session_state[f"coach_of_{member.email}"]
    chosen = None if coach == NO_COACH else coach
    run_action(CARD, lambda: get_services().members.assign([member.email], chosen, by=person), "Assigned.")


def _role_form(person: Person, member: Member) -> None:
    roles = list(map(str, Role))
    with st.form("role_of_member", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox("Role", roles, index=roles.index(member.role), key=f"role_of_{member.email}", width=280)
            st.form_submit_button("Change the role", on_click=_change_role, args=(person, member))
        st.caption("Another role ends their sign-ins: they sign in again to the pages of the new one.")


def _change_role(person: Person, member: Member) -> None:
    role = st.session_state[f"role_of_{member.email}"]
    done = f"{member.display_name} is {'an' if role[0] == 'a' else 'a'} {role} now."
    run_action(CARD, lambda: get_services().members.change(member.email, role=role, by=person), done)


def _invitation(person: Person, member: Member) -> None:
    if mail_goes_out():
        fate = get_services().outbox.latest_for(MessageKind.INVITATION, [member.email]).get(member.email)
        st.button("Invite by mail", key="invite", icon=":material/mail:", on_click=_invite, args=(person, member))
        st.caption(plain(f"{how_invited(fate)}. {fate.error or ''}") if fate else "Not invited by mail so far.")
    with st.expander("A text to invite them with", icon=":material/content_copy:", key="invitation"):
        st.code(invitation(member, get_services().settings.origin), language=None, wrap_lines=True)
        st.caption("Copy it into a mail or a message on Skool; nothing is sent from here.")


def _invite(person: Person, member: Member) -> None:
    run_action(CARD, lambda: get_services().members.invite([member.email], by=person), invited)


def invited(count: int) -> str:
    """How inviting so many went."""
    if not count:
        return "An invitation is on its way already."
    return f"{some(count, 'invitation is', 'invitations are')} on the way."


def how_invited(fate: MessageFate) -> str:
    """What became of an invitation, such as "Invited by mail on 1 May 2026"."""
    day = short_date(day_there(fate.created_at, reader_zone()))
    return {
        MessageState.WAITING: f"An invitation of {day} is on its way",
        MessageState.SENT: f"Invited by mail on {day}",
        MessageState.GIVEN_UP: f"The invitation of {day} could not be delivered",
        MessageState.DROPPED: f"The invitation of {day} was not sent: nobody needed it any more",
    }[fate.state]


def invitation(member: Member, origin: str) -> str:
    """What an administrator may send to a new member by any other way."""
    text = invitation_text(member.display_name, member.email, is_client=member.role == Role.CLIENT, origin=origin)
    return "\n\n".join((*text.paragraphs, text.link))


def _sign_out(person: Person, member: Member) -> None:
    st.button("Sign out everywhere", key="sign_out_member", on_click=_sign_out_now, args=(person, member))
    st.caption("Ends all their sign-ins within seconds, in all windows and on all devices. They may sign in again.")


def _sign_out_now(person: Person, member: Member) -> None:
    services = get_services()

    def work() -> None:
        services.sign_ins.end_all_of(member.email, person.email)
        services.push_subscriptions.unsubscribe_all(member.email)

    run_action(CARD, work, f"{member.display_name} is signed out.")


def _remove(person: Person, member: Member) -> None:
    with st.popover("Remove", key="remove_member"):
        st.write(
            "They are out within seconds, and a session of theirs ends. Everything is kept; you can bring them back."
        )
        clients = _clients_of(member) if member.role != Role.CLIENT else 0
        if clients:
            st.write(f"{some(clients, 'client has', 'clients have')} no coach then: assign them to another one.")
        st.button("Remove them", key="remove", type="primary", on_click=_remove_now, args=(person, member))


def _remove_now(person: Person, member: Member) -> None:
    done = f"{member.display_name} is removed."
    run_action(CARD, lambda: get_services().members.change(member.email, status="removed", by=person), done)


def _bring_back(person: Person, member: Member) -> None:
    done = f"{member.display_name} may sign in again."
    run_action(CARD, lambda: get_services().members.change(member.email, status="active", by=person), done)
