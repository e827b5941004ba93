"""Where to find help at once, by country."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.help_now import help_page

guard.require(Role.CLIENT)
help_page()
