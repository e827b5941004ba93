"""A human coach's calendar: appointments with clients, and when they can be booked."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.appointments.coach_page import calendar_page

calendar_page(guard.require(Role.COACH))
