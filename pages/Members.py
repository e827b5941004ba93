"""The members, for administrators."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.administration.members import members_page

members_page(guard.require(Role.ADMIN))
