"""Who sees what, for how long, and how to take one's agreement back."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.privacy import privacy_page

person = guard.require(Role.CLIENT)
privacy_page(person)
