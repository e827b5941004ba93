"""What a page shows where the database does not answer: who is here is not known then."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from coachroom.errors import StoreError
from coachroom.ui.help_now import help_button

log = logging.getLogger(__name__)

AWAY = (
    "This page cannot be shown just now, as nothing can be looked up or stored. What you said and entered before is "
    "kept. Wait a minute, then try again."
)


@contextmanager
def database_may_be_away() -> Iterator[None]:
    """Where it is, the page says so and ends here; help needs no database."""
    try:
        yield
    except StoreError as error:
        log.warning("a page could not be drawn: %s", type(error.__cause__ or error).__name__)
        help_button()
        st.error(AWAY, icon=":material/error:")
        st.button("Try again", key="again")
        st.stop()
