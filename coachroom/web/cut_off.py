"""What a replica does that can take no part any more: its pages go to the others, or it ends."""

from __future__ import annotations

import asyncio
import logging

from coachroom.app.container import Services
from coachroom.errors import exit_status
from coachroom.store.replica_link import ReplicaLink
from coachroom.web.draining import DRAINING

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
# It is asked every second.
AWAY_SECONDS = 5.0
# A database that was restarted is back sooner: then pages stay where they are.
CUT_OFF_SECONDS = 15.0
# So many looks must agree: a process that stood still has heard nothing for long, but is not cut off.
MIN_LOOKS = 3
CLOSE_PAGES_WITHIN_SECONDS = 5.0


def is_away(link: ReplicaLink | None) -> bool:
    """Whether a shared database has answered nothing for seconds; `link` is None where it is our own file."""
    return link is not None and link.silent_s >= AWAY_SECONDS


async def leave_when_cut_off(services: Services) -> None:
    """Closes the pages' connections while the database cannot be reached; ends where another replica has our place.

    Until cancelled. The pages connect again by themselves, and the proxy sends them to a replica that can serve them,
    before the grace of their sessions is over.
    """
    link = services.link
    if link is None:
        return
    looks = 0
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        if link.shut_out is not None:
            log.error("coachroom ends, as it was cut off from the database meanwhile. %s", link.shut_out)
            # The pages go first.
            DRAINING.end(exit_status(link.shut_out))
            return
        looks = looks + 1 if link.silent_s >= CUT_OFF_SECONDS else 0
        if looks == MIN_LOOKS:
            log.warning("The database cannot be reached: pages are let go, to come to another replica.")
            await DRAINING.let_pages_go(CLOSE_PAGES_WITHIN_SECONDS)
