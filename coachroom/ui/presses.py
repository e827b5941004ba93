"""What this tab's buttons have done: the second press of a double click is answered as the first.

Streamlit answers a press in a run of its own and gives up the run before, which may be in the middle of its work:
what that run would have kept for the page is lost. So what a press came to is kept here until the page has it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

PRESSES = "presses"


@dataclass(frozen=True)
class PressOutcome:
    """How an action went: the sentence for the client, and what it returned."""

    succeeded: bool
    text: str
    result: Any = None


@dataclass(frozen=True)
class Presses:
    """One tab's. Whoever acts holds the lock: two runs of one tab may be under way.

    `done`: what was done, by name, each with its outcome, or None once the page has that.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    done: dict[str, PressOutcome | None] = field(default_factory=dict)


def presses() -> Presses:
    """This tab's."""
    found: Presses = st.session_state.setdefault(PRESSES, Presses())
    return found


def may_press_again(name: str) -> None:
    """In a callback: what was done once is undone, and may be done once more."""
    presses().done.pop(name, None)
