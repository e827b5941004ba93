"""What the coach remembers of the client."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.memory import memory_page

person = guard.require(Role.CLIENT)
memory_page(str(person.client_id))
