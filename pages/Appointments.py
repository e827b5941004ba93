"""The client's appointments: what is agreed, and times to book."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.appointments.client_page import appointments_page

appointments_page(guard.require(Role.CLIENT))
