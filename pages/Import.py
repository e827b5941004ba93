"""Members from a file, for administrators."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.administration.importing import import_page

import_page(guard.require(Role.ADMIN))
