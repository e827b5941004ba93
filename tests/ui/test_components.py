"""What components report reaches the page, and a report that cannot be read breaks nothing."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def report_end(state: dict[str, object] | None) -> None:
    """A page whose controls report an end; without a state, as after a reconnect."""
    import streamlit as st

    from coachroom.ui import components

    if state is not None:
        st.session_state["controls"] = state
    components._note("controls", "end")()
    st.write(components.pressed("controls")["end"])


def test_what_was_pressed_is_there_for_the_page() -> None:
    app = AppTest.from_function(report_end, args=({"end": "pressed"},)).run()
    assert app.markdown[0].value == "pressed"


def test_a_press_before_the_controls_are_drawn_again_does_not_break_the_page() -> None:
    app = AppTest.from_function(report_end, args=(None,)).run()
    assert not app.exception
