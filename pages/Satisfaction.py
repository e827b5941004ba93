"""How did it feel to them?"""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.pages import opening, satisfaction

person = guard.require(Role.COACH, Role.ANALYST, Role.ADMIN)
satisfaction(opening(person, "Satisfaction", "How did it feel to them?"))
