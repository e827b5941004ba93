"""Starts Firefox for Playwright and stands between the two: python tests/engines/bidi.py FIREFOX ARGUMENTS…

Playwright drives an installed Firefox over WebDriver BiDi, and asks for what Firefox ESR does not know yet. Where a
visit can do without it, Playwright is told that it is done. All else goes through as it is.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

# The colour scheme; the visits keep the browser's own.
NOT_NEEDED = "emulation.setMediaFeaturesOverride"
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Relay:
    """Between one Playwright and one Firefox."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._not_needed: set[int] = set()

    async def serve(self, near: ServerConnection) -> None:
        """Until one of the two closes."""
        async with connect(f"{self._address}/session", max_size=None) as far:

            async def to_firefox() -> None:
                async for message in near:
                    if NOT_NEEDED in message[:200]:
                        self._not_needed.add(json.loads(message)["id"])
                    await far.send(message)
                await far.close()

            async def to_playwright() -> None:
                async for message in far:
                    await near.send(self._answer(str(message)))
                await near.close()

            await asyncio.gather(to_firefox(), to_playwright())

    def _answer(self, message: str) -> str:
        if not self._not_needed or '"unknown command"' not in message:
            return message
        number = json.loads(message).get("id")
        if number not in self._not_needed:
            return message
        return json.dumps({"type": "success", "id": number, "result": {}})


async def main(command: list[str]) -> int:
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, firefox.terminate)
    async for line in firefox.stderr:
        said = line.decode(errors="replace")
        if listens := LISTENS.search(said):
            server = await serve(Relay(listens[1]).serve, "127.0.0.1", 0, max_size=None)
            said = said.replace(listens[1], f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        print(said, end="", file=sys.stderr, flush=True)
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
