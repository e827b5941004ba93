"""This process among those that share its database: its name, and its link to the others."""

from __future__ import annotations

import os
import re
import socket
from itertools import count
from typing import cast

from coachroom.settings import AgentProvider, Settings
from coachroom.store.replica import ALONE, Replica
from coachroom.store.replica_link import Connects, ReplicaLink
from coachroom.store.store import Store

_names_made = count()


def replica_name(settings: Settings) -> str:
    """What the database, the log and spans call this process: the name that is set, or host and process number."""
    host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())
    return settings.replica or f"{host}-{os.getpid()}"


def replica_of(settings: Settings, store: Store) -> Replica:
    """This process by its name; without a name that is set, one for each database that it opens."""
    if not store.shared:
        return ALONE
    if settings.replica:
        return Replica(settings.replica, shared=True)
    before = next(_names_made)
    return Replica(f"{replica_name(settings)}.{before}" if before else replica_name(settings), shared=True)


def link_to_others(settings: Settings, store: Store, replica: Replica) -> ReplicaLink | None:
    """None where no other process can have the database open. Raises StoreError with one sentence."""
    if not replica.shared:
        return None
    return ReplicaLink(cast("Connects", store), replica, alone=_why_alone(settings))


def _why_alone(settings: Settings) -> str | None:
    """What of the settings works in one process alone, and what to do."""
    if settings.provider is AgentProvider.PRACTICE:
        return (
            "The practice coach works in one process alone, and another coachroom has this database open: stop that "
            "one, or set COACHROOM_AGENT_PROVIDER=elevenlabs."
        )
    if settings.live_coach:
        return (
            "Human coaches join sessions in one process alone, and another coachroom has this database open: stop "
            "that one, or leave COACHROOM_LIVE_COACH out."
        )
    return None
