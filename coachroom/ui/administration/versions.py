"""Two versions of the agent side by side, on the page System: start, counts, stop, result, decision.

While a comparison runs, nothing here tells how the versions differ.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coachroom.app import version_check
from coachroom.app.current import get_services
from coachroom.charts.formatting import percent, some
from coachroom.comparisons.beside import Beside, FoundBeside
from coachroom.comparisons.comparisons import Plan, Result
from coachroom.comparisons.drawing import FENCE_CLIENTS
from coachroom.comparisons.guard import answers_differ
from coachroom.comparisons.planning import MOST_WEEKS, SMALLEST
from coachroom.comparisons.states import Arm, Comparison, ComparisonState
from coachroom.people.people import Person
from coachroom.text import printable
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain

PLACE = "versions"
BRANCHES = "look_for_branches"
DRAFTED = "drafted_comparison"
MAX_SHOWN = 10
NAMES = {Arm.STANDING: "standing version", Arm.CANDIDATE: "new version"}
# A phone has room for one word.
IN_TABLE = {Arm.STANDING: "standing", Arm.CANDIDATE: "new"}
STATES = {
    ComparisonState.DRAFT: "a draft",
    ComparisonState.RUNNING: "runs",
    ComparisonState.STOPPED: "stopped, waits for your decision",
    ComparisonState.FINISHED: "reached its planned size, waits for your decision",
    ComparisonState.DECIDED: "decided",
}
# In stars, two digits; the shrunk estimate is in standard deviations.
SIGNED = "+.2f"
POINTS = "+.1f"
BESIDE = {
    Beside.RETURNED: "Sessions followed by another within 14 days",
    Beside.COMPLETED: "Sessions that were not left before their end",
}


def versions(person: Person) -> None:
    """The comparisons that there are, and the form for the next."""
    comparisons = get_services().comparisons
    if not comparisons.on:
        return
    st.header("Versions side by side", anchor=False)
    st.write(
        "New clients are drawn into the standing version of the AI coach or into a new one, once, and keep it. "
        "Ratings are compared when the planned number of sessions is reached, and not before. Once a week it is "
        "asked whether the new version does harm; if so, the comparison stops, and all have the standing version. It "
        "stops within minutes where a client or their human coach reports that a session with the new version was "
        "not safe."
    )
    show_flash(PLACE)
    if refusal := comparisons.refusal():
        st.info(refusal)
    for comparison in comparisons.all()[:MAX_SHOWN]:
        _shown(person, comparison)
    _form(person)


def _shown(person: Person, comparison: Comparison) -> None:
    with st.container(border=True, key=f"comparison_{comparison.id}"):
        st.markdown(f"**{plain(comparison.title)}** · {STATES[comparison.state]}")
        st.write(plain(comparison.why))
        st.caption(
            f"Standing version: branch {plain(_named(comparison.standing))}. New version: branch "
            f"{plain(_named(comparison.candidate))}. It is to tell a difference of {comparison.smallest:g} stars."
        )
        if comparison.state is ComparisonState.DRAFT:
            _draft(person, comparison)
            return
        result = get_services().comparisons.result(comparison)
        _counts(comparison, result)
        if comparison.state is ComparisonState.RUNNING:
            _running(person, comparison)
        else:
            _outcome(comparison, result)
            if comparison.state is not ComparisonState.DECIDED:
                _decision(person, comparison)
        show_flash(_ended(comparison))


def _draft(person: Person, comparison: Comparison) -> None:
    services = get_services()
    ahead = services.comparisons.outlook(comparison.smallest)
    if ahead.refusal is not None:
        st.warning(ahead.refusal)
    else:
        st.write(
            f"It would take {ahead.planned_sessions:,} sessions, about {ahead.weeks} of at most {MOST_WEEKS} weeks "
            "at your pace."
        )
    st.write(
        "When you start it, both versions are checked as `agent check` does, and their paragraphs under “What you "
        "are not” must be the same, word for word."
    )
    missing = services.comparisons.not_passed(comparison)
    for arm, found in services.comparisons.tries(comparison).items():
        if found is not None and arm not in missing:
            st.write(f"The {NAMES[arm]} passed `agent test` on {day_and_time(found.tried_at)}.")
        else:
            st.warning(plain(missing[arm]))
    ready = not missing and ahead.refusal is None
    with st.container(horizontal=True):
        st.button(
            "Start", type="primary", key=f"start_{comparison.id}", disabled=not ready,
            on_click=_start, args=(person, comparison),
        )  # fmt: skip
        st.button("Delete the draft", key=f"delete_{comparison.id}", on_click=_delete, args=(person, comparison))


def _counts(comparison: Comparison, result: Result) -> None:
    """What may be known while it runs: how many, how often rated, how often failed."""
    sessions = sum(record.sessions for record in result.records.values())
    st.write(f"{sessions:,} of {comparison.planned_sessions:,} sessions.")
    rows = [
        {
            "Version": IN_TABLE[arm],
            "Clients": result.records[arm].clients,
            "Sessions": result.records[arm].sessions,
            "Rated": len(result.records[arm].ratings),
            "Failed": f"{result.records[arm].failed} of {result.records[arm].ended}",
        }
        for arm in Arm
        if arm in result.records
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Clients and sessions of each version so far")
    st.caption(
        f"Clients, sessions and ratings leave out the first {FENCE_CLIENTS} clients drawn, and sessions that were "
        "too short or off the record. Failed counts every session that is over."
    )


def _running(person: Person, comparison: Comparison) -> None:
    if comparison.looked_at is None or comparison.looked_at == comparison.started_at:
        st.write("The first look for harm is a week after the start.")
    else:
        st.write(f"Harm: no. Looked at last on {day_and_time(comparison.looked_at)}.")
    with st.form(f"stop_{comparison.id}", border=False):
        st.text_area("Why do you stop it?", key=f"because_{comparison.id}", height=68)
        st.form_submit_button("Stop it: all have the standing version", on_click=_stop, args=(person, comparison))


def _outcome(comparison: Comparison, result: Result) -> None:
    if comparison.stopped_because is not None:
        st.write(f"Stopped by {plain(comparison.stopped_by or '')}: {plain(comparison.stopped_because)}")
        st.caption("What was stopped early tells no size of a difference.")
    elif result.found is None:
        st.write("Too few clients rated to tell a difference.")
    else:
        low, high = result.found.interval
        st.markdown(
            f"The new version is rated {_signed(result.found.difference, SIGNED)} stars against the standing one; "
            f"95 % interval from {_signed(low, SIGNED)} to {_signed(high, SIGNED)}."
        )
        st.write(
            "Most changes of an AI coach are not better. Weighed with that, the difference is "
            f"{_signed(result.found.shrunk, SIGNED)} standard deviations of a rating. Suggestion: the "
            f"{NAMES[result.suggested or Arm.STANDING]}."
        )
        if answers_differ(result.records):
            st.warning("One version is rated more often than the other, by more than chance: trust the stars less.")
    if result.beside:
        st.markdown("Beside it, and not what was planned:\n\n" + "\n".join(map(_beside, result.beside)))
        st.caption("These intervals are wide. Decide by the rating that the comparison was planned for.")
    if comparison.decision is not None:
        st.write(f"Decided for the {NAMES[comparison.decision]}: {plain(comparison.words or '')}")


def _beside(beside: FoundBeside) -> str:
    """One line of a list."""
    standing, candidate = (beside.shares[arm] for arm in Arm)
    if standing is None or candidate is None:
        return f"- {BESIDE[beside.what]}: not known yet."
    shares = f"{percent(candidate)} with the new version, {percent(standing)} with the standing one"
    if beside.found is None:
        return f"- {BESIDE[beside.what]}: {shares}; a difference cannot be told from them."
    low, high = (100 * end for end in beside.found.interval)
    difference = f"difference {_signed(100 * beside.found.difference, POINTS)} points"
    ends = f"from {_signed(low, POINTS)} to {_signed(high, POINTS)}"
    return f"- {BESIDE[beside.what]}: {shares}; {difference}, 95 % interval {ends}."


def _signed(value: float, form: str) -> str:
    return f"{value:{form}}".replace("-", "\N{MINUS SIGN}")


def _decision(person: Person, comparison: Comparison) -> None:
    st.write(
        "After your decision every call has the agent's own main version. If the new one stays, merge its branch at "
        "ElevenLabs first."
    )
    with st.form(f"decide_{comparison.id}", border=False):
        st.radio("Which version stays?", list(Arm), format_func=NAMES.__getitem__, key=f"arm_{comparison.id}")
        st.text_area("Why? One sentence.", key=f"words_{comparison.id}", height=68)
        st.form_submit_button("Decide", on_click=_decide, args=(person, comparison))


def _form(person: Person) -> None:
    with st.expander("Plan a comparison"):
        _branches()
        _fields(person, CreateForm("comparison"))


def _branches() -> None:
    """Which there are, asked for by a press: pages do not wait for the provider."""
    st.button("Look up the branches at ElevenLabs", key=BRANCHES, on_click=_look_for_branches)
    show_flash(BRANCHES)
    found = get_services().branches.names
    if found is None:
        st.caption("Then you choose them by name. Where ElevenLabs does not answer, type their IDs.")
    elif len(found) < len(Arm):
        st.write(
            f"The agent has {some(len(found), 'branch', 'branches')}, and a comparison needs two: make another at "
            "ElevenLabs, then look them up again."
        )


def _look_for_branches() -> None:
    run_action(BRANCHES, get_services().branches.look_up, "Choose two of the branches.")


def _named(branch: str) -> str:
    """A branch as people know it, with its id: two may have one name."""
    name = printable((get_services().branches.names or {}).get(branch, "")).strip()
    return f"{name} ({branch})" if name else branch


def _fields(person: Person, form: CreateForm) -> None:
    with st.form(form.key("comparison"), border=False):
        st.text_input("Title", max_chars=80, key=form.key("title"), placeholder="Such as: Shorter turns")
        st.text_area("Why do you expect it to be better?", key=form.key("why"), height=68)
        _branch_field(form, "standing", "Branch of the standing version")
        _branch_field(form, "candidate", "Branch of the new version")
        st.selectbox("The smallest difference that you want to be told, in stars", SMALLEST, key=form.key("smallest"))
        show_flash(DRAFTED)
        st.form_submit_button("Keep as a draft", on_click=_add, args=(person, form))


def _branch_field(form: CreateForm, name: str, label: str) -> None:
    """Chosen by name once the branches are known, typed until then."""
    found = get_services().branches.names
    if found is None or len(found) < len(Arm):
        st.text_input(label, key=form.key(name), placeholder="Its ID at ElevenLabs")
    else:
        st.selectbox(
            label, list(found), index=None, key=form.key(f"chosen_{name}"), format_func=_named,
            placeholder="Choose a branch",
        )  # fmt: skip


def _branch_in(form: CreateForm, name: str) -> str:
    return str(form.value(f"chosen_{name}") or form.value(name) or "")


def _add(person: Person, form: CreateForm) -> None:
    title, why = (str(form.value(name) or "") for name in ("title", "why"))
    standing, candidate = (_branch_in(form, name) for name in ("standing", "candidate"))
    smallest = float(st.session_state[form.key("smallest")])
    comparisons = get_services().comparisons
    form.submit(
        DRAFTED,
        lambda: comparisons.add(Plan(title, why, standing, candidate, smallest), person.email),
        "Kept. Nothing has begun.",
        empty=not any((title, why, standing, candidate)),
    )


def _start(person: Person, comparison: Comparison) -> None:
    services = get_services()

    def work() -> None:
        services.comparisons.start(
            comparison.id, person.email, lambda it: version_check.look_there(services.settings, it)
        )

    run_action(PLACE, work, "It runs: new clients are drawn from now on.")


def _delete(person: Person, comparison: Comparison) -> None:
    delete = get_services().comparisons.delete_draft
    run_action(PLACE, lambda: delete(comparison.id, person.email), "Deleted.")


def _stop(person: Person, comparison: Comparison) -> None:
    because = st.session_state[f"because_{comparison.id}"]
    stop = get_services().comparisons.stop
    run_action(_ended(comparison), lambda: stop(comparison.id, person.email, because), "Stopped.")


def _decide(person: Person, comparison: Comparison) -> None:
    arm, words = (st.session_state[f"{name}_{comparison.id}"] for name in ("arm", "words"))
    decide = get_services().comparisons.decide
    run_action(_ended(comparison), lambda: decide(comparison.id, person.email, arm, words), "Decided.")


def _ended(comparison: Comparison) -> str:
    """Where the page says how stopping or deciding this comparison went."""
    return f"ended_{comparison.id}"
