"""Our browser components, one function each. assets/component_data.js says what each one is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

Data = Mapping[str, Any]
PRESSED = ("camera", "end", "no_webrtc", "hold_to_talk")


def _component(name: str, css: str = "room.css") -> Callable[..., Any]:
    return st.components.v2.component(f"coachroom.{name}", js=f"{name}.js", css=css)


_post_button = _component("post_button")
_lobby = _component("lobby")
_self_view = _component("self_view")
_agent_box = _component("agent_box")
_controls = _component("controls")
_frame = _component("frame")
_help_now = _component("help_now", "help_now.css")
_human_coach = _component("human_coach")
_live_coach = _component("live_coach")
_push_switch = _component("push_switch")
_install_hint = _component("install_hint")


def post_button(label: str, action: str, *, key: str, fields: Data | None = None, primary: bool = True) -> None:
    """A button that posts a form to one of our own addresses and goes where that leads."""
    kind = "primary" if primary else "secondary"
    _post_button(key=key, data={"action": action, "label": label, "fields": dict(fields or {}), "kind": kind})


def link_button(label: str, href: str, *, key: str) -> None:
    """A button that leads to an address, in this very tab."""
    _post_button(key=key, data={"href": href, "label": label, "kind": "primary"})


def lobby(data: Data, *, key: str) -> Mapping[str, Any] | None:
    """The device check; what its Enter button reports, once."""
    _lobby(key=key, data=dict(data), on_enter_change=_note(key, "enter"))
    entered: Mapping[str, Any] | None = _take(key, "enter")
    return entered


def self_view(data: Data, *, key: str) -> None:
    """The picture that stays in the browser."""
    _self_view(key=key, data=dict(data))


def agent_box(data: Data, *, key: str) -> None:
    """The agent's box around the real widget. It reports to the server by itself, but see `wants_to_write`."""
    _agent_box(key=key, data=dict(data), on_write_change=_note(key, "write"))


def wants_to_write(key: str) -> bool:
    """Whether the client asked in the agent's box to write instead, since the last call."""
    return bool(_take(key, "write"))


def controls(data: Data, *, key: str) -> None:
    """Microphone, camera, end. What is pressed is there at the beginning of the next run: see `pressed`."""
    notes = {f"on_{name}_change": _note(key, name) for name in PRESSED}
    _controls(key=key, data=dict(data), **notes)


def frame(data: Data, *, key: str) -> None:
    """Begins each new page at its heading and closes the menu after a choice; draws nothing."""
    _frame(key=key, data=dict(data))


def human_coach(data: Data, *, key: str) -> None:
    """The human coach's box. It speaks with the server by itself; the page runs again once a coach came or left."""
    _human_coach(key=key, data=dict(data), on_changed_change=_run_again)


def live_coach(data: Data, *, key: str) -> None:
    """A coach's own side of a visit to a session."""
    _live_coach(key=key, data=dict(data))


def help_now(data: Data, *, key: str) -> None:
    """A quiet button that shows where to find help; it opens by itself after words of danger."""
    _help_now(key=key, data=dict(data))


def push_switch(data: Data, *, key: str) -> None:
    """Whether this browser shows notifications; it tells the server by itself."""
    _push_switch(key=key, data=dict(data))


def install_hint(*, key: str) -> None:
    """How to keep the app on a phone's home screen; nothing on other devices, and nothing once it was put away."""
    _install_hint(key=key, data={})


def pressed(key: str) -> Mapping[str, Any]:
    """What came from `controls` since the last call: `camera` and `hold_to_talk` ({"on": bool}), `end`,
    `no_webrtc`; each None where nothing came."""
    return {name: _take(key, name) for name in PRESSED}


def _run_again() -> None:
    """Streamlit reports only what somebody listens to."""


def _note(key: str, name: str) -> Callable[[], None]:
    """Keeps what a component reported until the page takes it.

    A run of the page that is overtaken by another stops half-way, and what was pressed would be lost with it;
    callbacks always run.
    """

    def note() -> None:
        # After a reconnect the component's state is missing until the page has drawn it again.
        state = st.session_state.get(key)
        value = state.get(name) if state is not None else None
        if value is not None:
            st.session_state[f"{key}.{name}"] = value

    return note


def _take(key: str, name: str) -> Any:
    return st.session_state.pop(f"{key}.{name}", None)
