"""A form that makes something new, once, however often its button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import streamlit as st

from coachroom.app.current import get_services
from coachroom.ui.flash import run_action

Result = TypeVar("Result")
# A second press within this time, on the emptied form, belongs to the first.
DOUBLE_CLICK = timedelta(seconds=2)


class CreateForm:
    """The form as it is drawn now: each time something was made, the next one has fields of its own, which are empty.

    The second press of a double click comes from fields that are gone, or finds empty ones; it does nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = int(st.session_state.get(f"{name}_made", 0))

    def key(self, field: str) -> str:
        """The key of a field of this form."""
        return f"{field}_{self.number}"

    def value(self, field: str) -> Any:
        """In a callback: what stands in the field; None where it is not drawn."""
        return st.session_state.get(self.key(field))

    def submit(
        self, place: str, work: Callable[[], Result], done: str | Callable[[Result], str], *, empty: bool
    ) -> None:
        """In a callback: makes it. `empty`: nothing was typed; `place`: where the page says how it went."""
        now = get_services().clock()
        made_at: datetime | None = st.session_state.get(f"{self.name}_made_at")
        if empty and made_at is not None and now - made_at < DOUBLE_CLICK:
            return
        after = {f"{self.name}_made": self.number + 1, f"{self.name}_made_at": now}
        run_action(place, work, done, after, once=self.key(self.name))
