"""How the client wants to be coached."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.profile import profile_page

person = guard.require(Role.CLIENT)
profile_page(person)
