"""Home: what everybody starts from."""

from __future__ import annotations

from coachroom.ui import guard
from coachroom.ui.home import home

home(guard.require())
