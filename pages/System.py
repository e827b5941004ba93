"""How the app is doing and how it is set, for administrators."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.administration.system import system_page

system_page(guard.require(Role.ADMIN))
