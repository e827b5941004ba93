"""The audit log, for administrators."""

from __future__ import annotations

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.administration.audit_log import audit_page

guard.require(Role.ADMIN)
audit_page()
