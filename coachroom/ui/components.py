"""Our browser components, one function each. Their scripts are in assets/, built and served with the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

Data = Mapping[str, Any]


def _component(name: str) -> Callable[..., Any]:
    return st.components.v2.component(f"coachroom.{name}", js=f"{name}.js", css="room.css")


_post_button = _component("post_button")
_lobby = _component("lobby")
_self_view = _component("self_view")
_coach_box = _component("coach_box")
_controls = _component("controls")


def post_button(label: str, action: str, *, key: str, fields: Data | None = None, primary: bool = True) -> None:
    """A button that posts a form to one of our own addresses and goes where that leads."""
    kind = "primary" if primary else "secondary"
    _post_button(key=key, data={"action": action, "label": label, "fields": dict(fields or {}), "kind": kind})


def lobby(data: Data, *, key: str) -> Mapping[str, Any] | None:
    """The device check; what its Enter button reports, once."""
    result: Mapping[str, Any] | None = _lobby(key=key, data=dict(data), on_enter_change=_heard).enter
    return result


def self_view(data: Data, *, key: str) -> Mapping[str, Any] | None:
    """The picture that stays in the browser; a change of the camera's state, once."""
    result: Mapping[str, Any] | None = _self_view(key=key, data=dict(data), on_camera_change=_heard).camera
    return result


def coach_box(data: Data, *, key: str) -> None:
    """The AI coach's box around the real widget. It reports to the server by itself."""
    _coach_box(key=key, data=dict(data))


def controls(data: Data, *, key: str) -> Mapping[str, Any]:
    """Microphone, camera, end: `camera` ({"on": bool}) and `end` are set once when pressed."""
    pressed = _controls(key=key, data=dict(data), on_camera_change=_heard, on_end_change=_heard)
    return {"camera": pressed.camera, "end": pressed.end}


def _heard() -> None:
    """A trigger reruns the page; what to do about it is the page's matter."""
