"""Do people come, stay and come back?"""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.pages import engagement, opening

person = guard.require(Role.COACH, Role.ANALYST, Role.ADMIN)
engagement(opening(person, "Engagement", "Do people come, stay and come back?"))
