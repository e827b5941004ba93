"""The server lets old words go by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from coachroom.web.background import lead, rounds_of_leader
from tests.privacy.test_retention import DAYS, app, talk
from tests.services import HandClock


def test_words_that_are_old_enough_go_beside_the_server(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        session = talk(services, clock)
        clock.forward((DAYS + 1) * 86_400)

        async def serve() -> None:
            work = [asyncio.create_task(lead(services, each)) for each in rounds_of_leader(services)]
            while services.intake.turns(session.id):
                await asyncio.sleep(0.01)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

        asyncio.run(asyncio.wait_for(serve(), 10))
        known = services.rooms.session(session.id)
        assert known is not None
        assert known.turns_expired_at == clock()
