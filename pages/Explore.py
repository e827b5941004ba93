"""Any metric, any interval, any part of the community."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.explore import explore
from coachroom.ui.dashboard.pages import opening

person = guard.require(Role.ANALYST, Role.ADMIN)
explore(opening(person, "Explore", "Any metric, any interval, any part of the community."))
