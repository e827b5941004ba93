"""The members, for administrators: found, added, given to coaches; one opens as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.directory import NO_COACH, LastSeen, ListedMember, MemberFilter
from coachroom.charts.formatting import some
from coachroom.notifications.message import MessageKind
from coachroom.notifications.outbox import MessageFate
from coachroom.people.member import Member
from coachroom.people.people import Person, Role
from coachroom.people.roster import STATUSES
from coachroom.ui.administration.erasing import ERASED
from coachroom.ui.administration.member_card import how_invited, invited, member_card, when_seen
from coachroom.ui.administration.paging import page_now, show_paging, turn_to
from coachroom.ui.administration.waiting import waiting_identities
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.mail import mail_goes_out
from coachroom.ui.own_address import tell_address

FOUND, CHOSEN, PAGE = "members_found", "members_chosen", "members_page"
ADDED, ASSIGNED, INVITED = "added_member", "assigned_members", "invited_members"
A_PAGE = 25
# Nobody has more members; what is assigned at once is bounded by it.
MAX_ASSIGNED = 100_000
NOBODY_NAMED = MemberFilter()


def members_page(person: Person) -> None:
    """The list, or the one member whom the address names."""
    tell_address()
    named = str(st.query_params.get("member", ""))
    if named:
        member_card(person, named)
    else:
        _everybody(person)


def _everybody(person: Person) -> None:
    st.title("Members", anchor=False)
    waiting_identities(person)
    show_flash(ERASED)
    coaches = get_services().members.coaches()
    with st.container(horizontal=True, key="more_about_members"):
        st.page_link(
            "pages/Import.py", label="Take in a file from Skool, or of coaches", icon=":material/upload_file:"
        )
        st.page_link("pages/Audit.py", label="What was changed, and by whom", icon=":material/history:")
    with st.expander("Add a person", icon=":material/person_add:", key="add_member"):
        _add_form(person, coaches)
    looked_for = _looked_for(coaches)
    members, total = _page_of(looked_for)
    if not total:
        # Such as when those without a coach were looked for, and all have one now.
        show_flash(ASSIGNED)
        show_flash(INVITED)
        st.write("Nobody is found like this: take something out of the search or the filter.")
        return
    _assign(person, coaches, looked_for, total)
    _invite(person, looked_for, total)
    fates = get_services().outbox.latest_for(MessageKind.INVITATION, [member.email for member in members])
    with st.container(gap="small", key="people_members"):
        for number, member in enumerate(members):
            _line(member, number, fates.get(member.email))
    show_paging(PAGE, A_PAGE, total, some(total, "member"), back="Previous", on="Next")


def _looked_for(coaches: Sequence[Member]) -> MemberFilter:
    """What was typed and chosen; it stays while a card is looked at."""
    kept: MemberFilter = st.session_state.get(FOUND, NOBODY_NAMED)
    names = {coach.email: coach.display_name for coach in coaches}
    text = st.text_input(
        "Find a member", value=kept.text, key="find_member", placeholder="Part of name or e-mail, or a member ID"
    )
    chosen = sum(value is not None for value in (kept.role, kept.status, kept.tier, kept.coach, kept.seen))
    with (
        st.expander(
            f"Filter ({chosen})" if chosen else "Filter", icon=":material/filter_list:", key="filter_members"
        ),
        st.container(horizontal=True),
    ):
        role = _choice("Role", list(map(str, Role)), kept.role)
        status = _choice("Status", list(STATUSES), kept.status)
        tier = _choice("Tier", get_services().directory.tiers(), kept.tier)
        coach = _choice("Human coach", [NO_COACH, *names], kept.coach, {NO_COACH: "No coach", **names})
        seen = _choice("Last seen", list(LastSeen), kept.seen)
    looked_for = MemberFilter(text or "", role, status, tier, coach, LastSeen(seen) if seen else None)
    if looked_for != kept:
        st.session_state[FOUND] = looked_for
        turn_to(PAGE, 0)
    return looked_for


def _choice(label: str, options: Sequence[str], kept: str | None, names: dict[str, str] | None = None) -> str | None:
    return st.selectbox(
        label,
        options,
        index=options.index(kept) if kept in options else None,
        format_func=lambda option: (names or {}).get(option, option),
        placeholder="Any",
        key=f"filter_{label}",
        width=200,
    )


def _page_of(looked_for: MemberFilter) -> tuple[list[ListedMember], int]:
    services = get_services()
    page = page_now(PAGE)
    found = services.directory.find(looked_for, services.clock(), skip=page * A_PAGE, most=A_PAGE)
    if page and not found[1]:
        turn_to(PAGE, 0)
        found = services.directory.find(looked_for, services.clock(), skip=0, most=A_PAGE)
    return found


def _line(member: ListedMember, number: int, fate: MessageFate | None) -> None:
    is_client = _is_client(member)
    what = [member.role, member.status if member.status != "active" else "", member.tier or ""]
    if is_client:
        what.append(f"coach {member.coach}" if member.coach else "no coach")
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall", key=f"member_{number}"):
        st.checkbox(
            f"Choose {plain(member.name)}",
            value=is_client and member.email in _chosen(),
            disabled=not is_client,
            label_visibility="collapsed",
            key=f"choose_{member.email}",
            on_change=_choose,
            args=(member.email,),
            width="content",
        )
        with st.container(gap="xxsmall"):
            label = f"**{plain(member.name)}** · {plain(', '.join(filter(None, what)))}"
            st.page_link("pages/Members.py", label=label, query_params={"member": member.email})
            # Whoever was here needs no invitation any more.
            how = f" · {how_invited(fate)}" if fate and member.last_seen is None else ""
            st.caption(f"{plain(member.email)} · {when_seen(member.last_seen)}{how}")


def _is_client(member: ListedMember) -> bool:
    return member.role == Role.CLIENT and member.status == "active"


def _chosen() -> frozenset[str]:
    """The clients that are chosen, on this page of the list and on others."""
    chosen: frozenset[str] = st.session_state.get(CHOSEN, frozenset())
    return chosen


def _choose(email: str) -> None:
    chosen = _chosen() | {email} if st.session_state[f"choose_{email}"] else _chosen() - {email}
    st.session_state[CHOSEN] = chosen
    st.session_state["assign_whom"] = "chosen" if chosen else "found"


def _assign(person: Person, coaches: Sequence[Member], looked_for: MemberFilter, total: int) -> None:
    chosen = _chosen()
    whom = {
        "chosen": f"clients that you choose in the list ({len(chosen) or 'none yet'})",
        "found": "all clients who are found now",
    }
    title = f"Give clients to a coach ({len(chosen)} chosen)" if chosen else "Give clients to a coach"
    with st.expander(title, icon=":material/group_add:", key="assign_members"):
        st.write("Choose clients in the list, or find them: by their tier, for one.")
        if not coaches:
            st.write("There is no coach yet: add one first.")
            return
        st.session_state.setdefault("assign_whom", "chosen" if chosen else "found")
        with st.form("assign", border=False):
            st.radio("Whom", list(whom), format_func=whom.__getitem__, key="assign_whom")
            st.selectbox(
                "Human coach",
                [*(coach.email for coach in coaches), NO_COACH],
                index=None,
                format_func={NO_COACH: "No coach", **_names(coaches)}.__getitem__,
                placeholder="Choose a coach",
                key="assign_coach",
            )
            show_flash(ASSIGNED)
            st.form_submit_button("Assign", on_click=_assign_them, args=(person, looked_for, total))
        if chosen:
            st.button("Choose nobody", key="choose_nobody", type="tertiary", on_click=_choose_nobody)


def _invite(person: Person, looked_for: MemberFilter, total: int) -> None:
    chosen = _chosen()
    whom = {
        "chosen": f"clients that you choose in the list ({len(chosen) or 'none yet'})",
        "found": f"all active members who are found now ({total:,} with those who are not active)",
    }
    with st.expander("Invite by mail", icon=":material/mail:", key="invite_members"):
        if not mail_goes_out():
            st.write("No mail server is set up: see COACHROOM_SMTP_HOST and COACHROOM_MAIL_FROM.")
            return
        st.write(
            "The mail leads to the sign-in and on to their home page. To find who never came: Filter, Last seen."
        )
        with st.form("invite", border=False):
            st.radio("Whom", list(whom), format_func=whom.__getitem__, key="invite_whom")
            show_flash(INVITED)
            st.form_submit_button("Invite", on_click=_invite_them, args=(person, looked_for, total))


def _invite_them(person: Person, looked_for: MemberFilter, total: int) -> None:
    services = get_services()
    emails = list(_chosen())
    if st.session_state["invite_whom"] == "found":
        found, _ = services.directory.find(looked_for, services.clock(), skip=0, most=min(total, MAX_ASSIGNED))
        emails = [member.email for member in found if member.status == "active"]
    run_action(INVITED, lambda: services.members.invite(emails, by=person), invited)


def _choose_nobody() -> None:
    for email in _chosen():
        st.session_state[f"choose_{email}"] = False
    st.session_state[CHOSEN] = frozenset()


def _names(coaches: Sequence[Member]) -> dict[str, str]:
    return {coach.email: coach.display_name for coach in coaches}


def _assign_them(person: Person, looked_for: MemberFilter, total: int) -> None:
    services = get_services()
    whom, coach = st.session_state["assign_whom"], st.session_state["assign_coach"]
    emails = list(_chosen())
    if whom == "found":
        found, _ = services.directory.find(looked_for, services.clock(), skip=0, most=min(total, MAX_ASSIGNED))
        emails = [member.email for member in found if _is_client(member)]
    run_action(ASSIGNED, lambda: assign(person, emails, coach), str)


def assign(person: Person, emails: Sequence[str], coach: str | None) -> str:
    """Gives these clients to a coach; how that went, in a sentence. Raises CoachroomError."""
    if coach is None:
        return "Nobody was assigned: choose a coach first."
    if not emails:
        return "Nobody was assigned: choose or find active clients first."
    members = get_services().members
    count = members.assign(emails, None if coach == NO_COACH else coach, by=person)
    name = "no coach" if coach == NO_COACH else f"{_names(members.coaches())[coach]} as their coach"
    return f"{some(count, 'client has', 'clients have')} {name} now."


def _add_form(person: Person, coaches: Sequence[Member]) -> None:
    form = CreateForm("member")
    with st.form(form.key("new_member"), border=False):
        st.text_input("E-mail that they sign in with", key=form.key("member_email"))
        st.text_input("Name (optional)", key=form.key("member_name"))
        st.selectbox("Role", list(map(str, Role)), key=form.key("member_role"), width=200)
        st.selectbox(
            "Human coach (of a client, optional)",
            [coach.email for coach in coaches],
            index=None,
            format_func=_names(coaches).__getitem__,
            placeholder="No coach",
            key=form.key("member_coach"),
        )
        show_flash(ADDED)
        st.form_submit_button("Add", type="primary", on_click=_add, args=(person, form))


def _add(person: Person, form: CreateForm) -> None:
    given: dict[str, Any] = {name: form.value(f"member_{name}") or "" for name in ("email", "name", "role", "coach")}

    def add() -> str:
        member = get_services().members.add(
            given["email"], name=given["name"], role=given["role"], coach=given["coach"] or None, by=person
        )
        return f"{member.display_name} is a member now ({member.role}). Invite them from their card."

    form.submit(ADDED, add, str, empty=not given["email"] and not given["name"])
