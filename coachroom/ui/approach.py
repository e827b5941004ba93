"""How the coach works with a client: the questions about it, what is tried once, and what became of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import day_there, short_date
from coachroom.coaching.approach import (
    Approach,
    ApproachChoice,
    ApproachField,
    ChoiceSource,
    ChoiceState,
    Lead,
    Opening,
    Pace,
    Tone,
    Tried,
    Value,
    since,
    trials,
)
from coachroom.coaching.approaches import approach_of
from coachroom.coaching.asking import (
    MEANS,
    OFFERED,
    Difference,
    may_ask_after,
    may_ask_before_first,
    may_ask_for_difference,
)
from coachroom.coaching.profiles import Profile
from coachroom.coaching.proposal_text import TAILORING
from coachroom.rooms.states import Session, SessionStatus
from coachroom.ui.flash import run_action, show_flash

APPROACH = "approach"
AS_IT_IS = "Keep as it is"
OFFERS: Mapping[Value, str] = {
    Tone.DIRECT: "More direct",
    Tone.GENTLE: "Gentler",
    Pace.SHORT: "Shorter answers",
    Pace.EXPLORING: "More room to explore",
    Opening.CHECK_BACK: "Begin with what we agreed",
    Opening.GOAL: "Begin with my goals",
    Opening.OPEN: "Begin with what I bring",
    Lead.CLIENT: "I set the course",
    Lead.COACH: "The coach sets the course",
}
DIFFERENCES: Mapping[Difference, str] = {
    Difference.MORE_DIRECT: "More direct",
    Difference.GENTLER: "Gentler",
    Difference.SHORTER: "Shorter answers",
    Difference.MORE_TIME: "More time",
    Difference.BEGIN_WITH_PLANNED: "Begin with what I planned",
    Difference.BEGIN_WITH_MINE: "Begin with what I bring",
    Difference.SOMETHING_ELSE: "Something else",
}
FROM_WHERE: Mapping[ChoiceSource, str] = {
    ChoiceSource.PROFILE: "chosen on this page",
    ChoiceSource.ASKED: "chosen when you were asked",
    ChoiceSource.AFTER_SESSION: "chosen after a session",
    ChoiceSource.COACH: "suggested by your human coach",
    ChoiceSource.TRIAL: "kept after you tried it",
}
BECAME: Mapping[ChoiceState, str] = {
    ChoiceState.TRYING: "being tried",
    ChoiceState.KEPT: "kept",
    ChoiceState.DROPPED: "not kept",
}
MAX_TRIED_SHOWN = 20


def approach_in_lobby(client_id: str) -> None:
    """In the lobby: what is tried in this session, or before the first one the question what to try in it."""
    services = get_services()
    approaches = services.coaching.approaches
    show_flash(APPROACH)
    if keep_or_not(client_id, (), coming="In this session"):
        return
    asked, no_more = approaches.answered(client_id, None), approaches.asks_no_more(client_id)
    if not may_ask_before_first(len(_over(services.rooms.sessions_of(client_id))), asked=asked, no_more=no_more):
        return
    approaches.note_asked(client_id, None)
    with st.container(border=True, key="asked_before"):
        _offers(
            client_id, None, "How should the coach work with you? (optional)",
            "You try it in this session. Afterwards you say whether it stays. You can also just enter.",
        )  # fmt: skip


def approach_on_home(client_id: str, sessions: Sequence[Session]) -> None:
    """On the home page: whether what was tried stays, what comes next, or the question whose turn it is.

    `sessions`: all of the client's, latest first.
    """
    approaches = get_services().coaching.approaches
    show_flash(APPROACH)
    if keep_or_not(client_id, sessions):
        return
    over = _over(sessions)
    latest = next((session for session in sessions if session.status.over), None)
    if latest is None or latest not in over or get_services().briefings.approach_of(latest.id) is None:
        # Nobody was told anything before it: there is nothing to compare.
        return
    asked = approaches.answered(client_id, latest.id)
    no_more, tries = approaches.asks_no_more(client_id), approaches.standing(client_id).trial is not None
    if may_ask_after(len(over), asked=asked, no_more=no_more, tries=tries):
        approaches.note_asked(client_id, latest.id)
        with st.container(border=True, key="asked_after"):
            _offers(
                client_id, latest.id, "How should the coach work with you next time?",
                "You try it in your next session. Afterwards you say whether it stays.",
            )  # fmt: skip


def keep_or_not(client_id: str, sessions: Sequence[Session], *, coming: str = "In your next session") -> bool:
    """Asks whether what was tried stays, or says what is `coming`; whether there is anything tried.

    `sessions`: those among which one that goes on is.
    """
    return _keep_or_not(client_id, sessions, get_services().coaching.approaches.standing(client_id), coming=coming)


def _keep_or_not(
    client_id: str, sessions: Sequence[Session], standing: Approach, *, coming: str = "In your next session"
) -> bool:
    services, trial = get_services(), standing.trial
    if trial is None or trial.value is None:
        return False
    way = TAILORING[trial.value]
    tried_in = services.briefings.trial_session(client_id)
    open_now = {session.id for session in sessions if not session.status.over}
    with st.container(border=True, key="trial"):
        if tried_in is None or tried_in in open_now:
            when = "In this session" if tried_in else coming
            st.write(f"{when} you try this: the coach {way}.")
            st.button("Stop this", key="stop_trial", on_click=_drop, args=(client_id, tried_in, trial))
        else:
            st.write(f"You tried this in your last session: the coach {way}. Should it stay so?")
            with st.container(horizontal=True):
                st.button(
                    "Keep it", type="primary", key="keep_trial", on_click=_keep, args=(client_id, tried_in, trial)
                )
                st.button("As before", key="drop_trial", on_click=_drop, args=(client_id, tried_in, trial))
            st.caption("Without an answer it will be as before.")
    return True


def after_rating(session: Session, rating: int | None) -> None:
    """On the session's page, once it is rated: whether what was tried stays, or what should be different."""
    services = get_services()
    approaches, client_id = services.coaching.approaches, session.client_id
    show_flash(APPROACH)
    if services.briefings.trial_session(client_id) == session.id:
        keep_or_not(client_id, [session])
        return
    asked, no_more = approaches.answered(client_id, session.id), approaches.asks_no_more(client_id)
    tries = approaches.standing(client_id).trial is not None
    if may_ask_for_difference(rating, asked=asked, no_more=no_more, tries=tries):
        approaches.note_asked(client_id, session.id)
        with st.container(border=True, key="asked_difference"):
            _differences(session)


def approach_section(profile: Profile) -> None:
    """On the profile page: what counts, what was tried, when, from where, and a way to stop each."""
    services, client_id = get_services(), profile.client_id
    approaches = services.coaching.approaches
    history = approaches.history(client_id)
    standing = approach_of(profile, history)
    st.header("How the coach works with you now", anchor=False)
    show_flash(APPROACH)
    if standing.trial is not None:
        _keep_or_not(client_id, services.rooms.sessions_of(client_id), standing)
    for field, value in standing.chosen.items():
        with st.container(horizontal=True, vertical_alignment="center", key=f"choice_{field}"):
            st.markdown(
                f"The coach {TAILORING[value]}{since_text(client_id, since(history, field))}.", width="stretch"
            )
            st.button("Stop", key=f"stop_{field}", on_click=_stop, args=(client_id, field))
    if not standing.chosen:
        st.write("You have chosen nothing: the coach works as it comes.")
    found = trials(history)
    if found:
        st.subheader("What you tried", anchor=False)
        st.markdown("\n".join(f"- {tried_line(client_id, each)}" for each in found[:MAX_TRIED_SHOWN]))
    st.checkbox(
        "Ask me now and then how the coach should work",
        value=not approaches.asks_no_more(client_id),
        key="ask_me",
        on_change=_ask_me,
        args=(client_id,),
    )


def since_text(
    client_id: str, choice: ApproachChoice | None, from_where: Mapping[ChoiceSource, str] = FROM_WHERE
) -> str:
    """Such as ", since 4 May 2026, chosen on this page"; nothing where it is not known."""
    return f", since {_day(client_id, choice)}, {from_where[choice.source]}" if choice else ""


def tried_line(client_id: str, tried: Tried, from_where: Mapping[ChoiceSource, str] = FROM_WHERE) -> str:
    """Such as "4 May 2026: gentler, chosen after a session: kept"."""
    began = tried.began
    offer = OFFERS[began.value] if began.value is not None else AS_IT_IS
    return f"{_day(client_id, began)}: {offer}, {from_where[began.source]}: {BECAME[tried.state]}"


def _day(client_id: str, choice: ApproachChoice) -> str:
    return short_date(day_there(choice.made_at, get_services().coaching.profiles.zone(client_id)))


def _over(sessions: Sequence[Session]) -> list[Session]:
    """Those in which there was a coach to tell of."""
    return [session for session in sessions if session.status.over and session.status is not SessionStatus.FAILED]


def _offers(client_id: str, session_id: str | None, label: str, caption: str) -> None:
    effective = get_services().coaching.approaches.standing(client_id).effective()
    values = [value for field, value in OFFERED if effective.get(field) is not value]
    key = f"offer_{session_id or 'before'}"
    st.pills(
        label,
        [AS_IT_IS, *values],
        format_func=lambda value: OFFERS.get(value, AS_IT_IS),
        key=key,
        on_change=_offered,
        args=(client_id, session_id, key),
    )
    st.caption(caption)
    st.button("Don't ask again", key="ask_no_more", type="tertiary", on_click=_ask_no_more, args=(client_id,))


def _differences(session: Session) -> None:
    key = f"difference_{session.id}"
    chosen = st.pills(
        "What should be different next time?",
        list(Difference),
        format_func=lambda each: DIFFERENCES[each],
        key=key,
        on_change=_different,
        args=(session, key),
    )
    if chosen == Difference.SOMETHING_ELSE:
        st.text_input("What should the coach know about working with you?", key="wish", max_chars=200)
        st.button("Tell the coach", key="tell_wish", on_click=_wish, args=(session,))
    st.caption("You try it in your next session. Afterwards you say whether it stays. You can leave this out.")
    st.button("Don't ask again", key="ask_no_more", type="tertiary", on_click=_ask_no_more, args=(session.client_id,))


def _offered(client_id: str, session_id: str | None, key: str) -> None:
    chosen, approaches = st.session_state[key], get_services().coaching.approaches
    if chosen is None:
        return
    if chosen == AS_IT_IS:
        run_action(
            APPROACH, lambda: approaches.leave_as_it_is(client_id, session_id), "All right, it stays as it is."
        )
        return
    field, value = next(each for each in OFFERED if each[1] == chosen)
    _try(client_id, field, value, ChoiceSource.ASKED, session_id)


def _different(session: Session, key: str) -> None:
    chosen = st.session_state[key]
    if chosen in MEANS:
        field, value = MEANS[chosen]
        _try(session.client_id, field, value, ChoiceSource.AFTER_SESSION, session.id)


def _try(client_id: str, field: ApproachField, value: Value, source: ChoiceSource, session_id: str | None) -> None:
    approaches = get_services().coaching.approaches
    when = "next session" if session_id else "first session"
    run_action(
        APPROACH,
        lambda: approaches.try_once(client_id, field, value, source, session_id),
        f"In your {when} the coach {TAILORING[value]}.",
        once=f"tried_{session_id}_{value}",
    )


def _wish(session: Session) -> None:
    profiles, wish = get_services().coaching.profiles, str(st.session_state["wish"]).strip()
    approaches = get_services().coaching.approaches

    def work() -> None:
        if wish:
            profile = profiles.get(session.client_id)
            profiles.save(replace(profile, wishes="\n".join(filter(None, (profile.wishes, wish)))))
        approaches.leave_as_it_is(session.client_id, session.id)

    done = "The coach reads it before each session." if wish else "All right, it stays as it is."
    run_action(APPROACH, work, done, once=f"wished_{session.id}")


def _keep(client_id: str, session_id: str | None, shown: ApproachChoice) -> None:
    approaches = get_services().coaching.approaches
    done = "It stays so. You can stop it at any time under “How you are coached”."
    run_action(
        APPROACH, lambda: approaches.keep(client_id, session_id, shown=shown), done, once=f"trial_{session_id}"
    )


def _drop(client_id: str, session_id: str | None, shown: ApproachChoice) -> None:
    approaches = get_services().coaching.approaches
    run_action(APPROACH, lambda: approaches.drop(client_id, session_id, shown=shown), "All right, it is as before.")


def _stop(client_id: str, field: ApproachField) -> None:
    approaches = get_services().coaching.approaches
    done = "Stopped. It counts from your next session on."
    run_action(APPROACH, lambda: approaches.stop(client_id, field), done)


def _ask_no_more(client_id: str) -> None:
    approaches = get_services().coaching.approaches
    done = "You are not asked again. You can change that under “How you are coached”."
    run_action(APPROACH, lambda: approaches.ask_no_more(client_id), done)


def _ask_me(client_id: str) -> None:
    approaches, asks = get_services().coaching.approaches, bool(st.session_state["ask_me"])
    done = "You are asked now and then." if asks else "You are not asked any more."
    run_action(APPROACH, lambda: approaches.ask_no_more(client_id, no_more=not asks), done)
