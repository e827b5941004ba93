"""Two coaches, one of whom coaches nobody, an administrator, and clients of the first coach; on a Monday."""

from __future__ import annotations

from datetime import datetime

from coachroom.people.people import Person, Role

NOW = datetime(2026, 5, 4, 9)
CARLA = Person("carla.mendes@example.com", "Carla Mendes", Role.COACH, None, demo=True)
OTHER = Person("omar@example.com", "Omar", Role.COACH, None, demo=False)
AMIRA = Person("amira.haddad@example.com", "Amira Haddad", Role.ADMIN, None, demo=True)
ANA, BEN = "demo-ana", "demo-ben"
