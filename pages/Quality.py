"""Is the coach quick, quiet enough, and there when needed?"""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.pages import opening, quality

person = guard.require(Role.COACH, Role.ANALYST, Role.ADMIN)
quality(opening(person, "Quality", "Is the coach quick, quiet enough, and there when needed?"))
