"""Do people get where they want to go?"""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.pages import effectiveness, opening

person = guard.require(Role.COACH, Role.ANALYST, Role.ADMIN)
effectiveness(opening(person, "Effectiveness", "Do people get where they want to go?"))
