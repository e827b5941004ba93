"""Members from a file: what it would change is shown first, then done, and undone for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.errors import CoachroomError
from coachroom.people.assignments import AssignmentFile, AssignmentPlan, read_assignments
from coachroom.people.member import Member
from coachroom.people.people import Person
from coachroom.people.roster import MemberChange, RosterPlan, UndoneImport, what_differs
from coachroom.people.skool_export import Export, RejectedRow, read_export
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain

IMPORT, ASSIGNMENTS, UNDO, LEFT_ALONE = "import", "assignments", "undo_import", "left_alone"
MAX_LISTED = 200
Read = TypeVar("Read")


@dataclass(frozen=True)
class _Previewed:
    """A file, and what the page showed of what it would change."""

    file_id: str
    export: Export
    plan: RosterPlan
    sync: bool


def import_page(person: Person) -> None:
    """Skool's member export, the imports of the last day, and the file that says who coaches whom."""
    st.page_link("pages/Members.py", label="All members", icon=":material/arrow_back:")
    st.title("Members from a file", anchor=False)
    _skool(person)
    _undo(person)
    _coaches(person)


def _skool(person: Person) -> None:
    st.header("From Skool", anchor=False)
    st.write(
        "On Skool, open Members and choose Export. A file that was saved again by a spreadsheet is read as well. "
        "Nothing is changed before you have seen what would be."
    )
    show_flash(IMPORT)
    taken = _file("Skool's member export (CSV)", IMPORT, read_export)
    if taken is None:
        return
    file_id, export = taken
    sync = st.checkbox("Remove members from Skool who are not in this file", key=f"sync_{file_id}")
    plan = get_services().members.preview_import(export, sync=sync)
    previewed = _Previewed(file_id, export, plan, sync)
    _preview(plan, export)
    if not plan.writes:
        st.write("There is nothing to change.")
        return
    if plan.removes_many:
        st.write(
            f"This would remove {len(plan.removed)} of {plan.removable} members from Skool. That looks like an "
            "incomplete export. If it is right, type how many are removed."
        )
        st.number_input("How many are removed", min_value=0, step=1, key=f"removes_{file_id}")
    st.button(
        f"Change {some(len(plan.writes), 'member')}",
        type="primary",
        key="apply_import",
        on_click=_apply_import,
        args=(person, previewed),
    )


def _file(label: str, name: str, read: Callable[[bytes], Read]) -> tuple[str, Read] | None:
    """The file that was handed over, read once, and a name for it; says what is wrong with it."""
    number = int(st.session_state.get(f"{name}_number", 0))
    given = st.file_uploader(label, type=["csv", "txt"], key=f"{name}_file_{number}")
    if given is None:
        return None
    kept = st.session_state.get(f"{name}_read")
    if kept is not None and kept[0] == given.file_id:
        return given.file_id, kept[1]
    try:
        content = read(given.getvalue())
    except CoachroomError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    st.session_state[f"{name}_read"] = (given.file_id, content)
    return given.file_id, content


def _next_file(name: str) -> dict[str, Any]:
    """What the page's state is after a file is done with: the field is empty."""
    return {f"{name}_number": int(st.session_state.get(f"{name}_number", 0)) + 1, f"{name}_read": None}


def _preview(plan: RosterPlan, export: Export) -> None:
    rejected = plan.rejected(export)
    st.subheader("What would be changed", anchor=False)
    counts = plan.counts() | {"rejected": len(rejected)}
    st.markdown(" · ".join(f"**{number}** {name}" for name, number in counts.items()))
    _people("Added", plan.added)
    _lines(
        "New address",
        [_changed(f"{each.before.email} has {each.member.email} now", each) for each in plan.readdressed],
    )
    for title, changes in (("Changed", plan.changed), ("Come back", plan.reactivated)):
        _lines(title, [_changed(_named(each.member), each) for each in changes])
    _people("Removed", plan.removed)
    _rejected(rejected)
    _lines("Left out of rows that are taken", [f"line {part.line}: {part.reason}" for part in export.left_out])
    if export.passed_over:
        st.caption(f"Columns that are not used: {plain(', '.join(export.passed_over))}.")


def _people(title: str, members: Sequence[Member]) -> None:
    _lines(title, [_named(member) for member in members])


def _changed(whom: str, change: MemberChange) -> str:
    differs = "; ".join(what_differs(change))
    return f"{whom}, {differs}" if differs else whom


def _named(member: Member) -> str:
    return f"{member.display_name} ({member.email})"


def _rejected(rows: Iterable[RejectedRow]) -> None:
    _lines("Rejected", [f"line {row.line}: {row.reason}" for row in rows])


def _lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        with st.expander(f"{title} ({len(lines)})"):
            st.markdown("\n".join(f"- {plain(line)}" for line in lines[:MAX_LISTED]))
            if len(lines) > MAX_LISTED:
                st.caption(f"The first {MAX_LISTED} of {len(lines):,}.")


def _apply_import(person: Person, previewed: _Previewed) -> None:
    removes = int(st.session_state.get(f"removes_{previewed.file_id}", 0))
    run_action(
        IMPORT,
        lambda: get_services().members.apply_import(
            previewed.export, previewed.plan, sync=previewed.sync, removes=removes, by=person
        ),
        lambda done: f"{some(len(done.writes), 'member is', 'members are')} changed. You can undo it for a day.",
        _next_file(IMPORT) | {LEFT_ALONE: None},
        once=f"apply_{previewed.file_id}",
    )


def _undo(person: Person) -> None:
    imports = get_services().members.undoable_imports()
    left: UndoneImport | None = st.session_state.get(LEFT_ALONE)
    show_flash(UNDO)
    if not imports and not (left and left.left_alone):
        return
    st.header("Imports of the last day", anchor=False)
    if left and left.left_alone:
        st.write("The import is undone, but for these members, who stay as they are:")
        st.markdown("\n".join(f"- {plain(email)}: {plain(why)}" for email, why in left.left_alone[:MAX_LISTED]))
    for number, each in enumerate(imports):
        with st.container(horizontal=True, vertical_alignment="center", key=f"import_{number}"):
            st.write(
                f"{day_and_time(each.imported_at)}: {some(each.members, 'member')} changed by {plain(each.actor)}"
            )
            st.button("Undo", key=f"undo_{each.id}", on_click=_undo_import, args=(person, each.id))
    if imports:
        st.caption(
            "Undo gives each of them back what they had before. Whoever was changed, or signed in for the first "
            "time, since then stays as they are."
        )


def _undo_import(person: Person, import_id: str) -> None:
    run_action(
        UNDO,
        lambda: get_services().members.undo_import(import_id, by=person),
        lambda undone: f"Undone: {some(undone.restored, 'member is', 'members are')} as before.",
        once=f"undo_{import_id}",
        then=_show_left_alone,
    )


def _show_left_alone(undone: UndoneImport) -> None:
    st.session_state[LEFT_ALONE] = undone


def _coaches(person: Person) -> None:
    st.header("Who coaches whom", anchor=False)
    st.write(
        "A CSV with the columns client and coach: in each row the e-mail of a client and of their coach, or the word "
        "none."
    )
    show_flash(ASSIGNMENTS)
    taken = _file("Clients and their coaches (CSV)", ASSIGNMENTS, read_assignments)
    if taken is None:
        return
    file_id, file = taken
    plan = get_services().members.preview_assignments(file)
    st.markdown(
        f"**{len(plan.changes)}** assigned · **{plan.unchanged}** unchanged · **{len(plan.rejected)}** rejected"
    )
    _lines("Assigned", [f"{client}: {coach or 'no coach'}" for client, _, coach in plan.changes])
    _rejected(plan.rejected)
    if plan.changes:
        st.button(
            f"Assign {some(len(plan.changes), 'client')}",
            type="primary",
            key="apply_assignments",
            on_click=_apply_assignments,
            args=(person, file_id, file, plan),
        )


def _apply_assignments(person: Person, file_id: str, file: AssignmentFile, plan: AssignmentPlan) -> None:
    run_action(
        ASSIGNMENTS,
        lambda: get_services().members.apply_assignments(file, plan, by=person),
        lambda count: f"{some(count, 'client has', 'clients have')} another coach now.",
        _next_file(ASSIGNMENTS),
        once=f"apply_{file_id}",
    )
