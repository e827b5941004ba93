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

_opened = count(1)


def replica_of(settings: Settings, store: Store) -> Replica:
    """By the name that is set, or else by host, process and how many it has opened before."""
    if not store.shared:
        return ALONE
    host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())
    return Replica(settings.replica or f"{host}-{os.getpid()}.{next(_opened)}", shared=True)


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
