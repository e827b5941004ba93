"""Explore's choices under a name: saved, opened by a link, deleted. Each person sees their own."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.metrics.saved_views import MAX_NAME_CHARS, SavedView
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash

PLACE = "saved_views"
# The fields of the page that its address holds.
CHOICES = ("metric", "compare", "kind", "range", "dates", "by", "who")


def saved_views(person: Person) -> None:
    """The person's views as links, and a form that names what is chosen now."""
    views = get_services().saved_views.list_for(person.email)
    title = f"Saved views: {some(len(views), 'view')}" if views else "Save this view"
    with st.expander(title, icon=":material/bookmarks:", key="saved_views"):
        for number, view in enumerate(views):
            with st.container(horizontal=True, vertical_alignment="center", key=f"saved_{number}"):
                st.html(link_to(view))
                st.button(
                    "Delete", key=f"delete_view_{number}", type="tertiary", on_click=_delete, args=(person, view.name)
                )
        form = CreateForm("saved_view")
        with st.form(form.key("save_view"), border=False):
            st.text_input("Name of what is chosen now", max_chars=MAX_NAME_CHARS, key=form.key("view_name"))
            show_flash(PLACE)
            st.form_submit_button("Save this view", on_click=_save, args=(person, form))
        st.caption("The address of this page holds the same choices: send it, and somebody else sees this view.")


def link_to(view: SavedView) -> str:
    """A link that loads the page anew, in this tab: Streamlit's own to the page that is open keeps what is chosen on
    it, and its Markdown opens another tab."""
    return f'<a href="{escape(f"Explore?{urlencode(view.choices)}")}">{escape(view.name)}</a>'


def chosen_now() -> list[tuple[str, str]]:
    """What is chosen on the page, as its address has it: the two ends of a range under one name."""
    return [(name, value) for name in CHOICES for value in st.query_params.get_all(name)]


def _save(person: Person, form: CreateForm) -> None:
    name, choices = str(form.value("view_name") or ""), chosen_now()
    form.submit(
        PLACE, lambda: get_services().saved_views.save(person.email, name, choices), "Saved.", empty=not name.strip()
    )


def _delete(person: Person, name: str) -> None:
    run_action(PLACE, lambda: get_services().saved_views.delete(person.email, name), "Deleted.")
