"""A coach's own clients; an administrator sees everybody's."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.dashboard.clients import clients_page

clients_page(guard.require(Role.COACH, Role.ADMIN))
