"""The client's goals, where they stand, and their next steps."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.goals import goals_page

person = guard.require(Role.CLIENT)
goals_page(str(person.client_id))
