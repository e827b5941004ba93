"""What changed, and is it more than chance?"""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.pages import opening, overview

person = guard.require(Role.COACH, Role.ANALYST, Role.ADMIN)
overview(opening(person, "Overview", "What changed, and whether the change is larger than chance."))
