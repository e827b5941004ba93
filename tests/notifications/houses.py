"""Servers on loopback that stand in for those of others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import TCPServer
from typing import TypeVar

House = TypeVar("House", bound=TCPServer)


@contextmanager
def open_house(house: House, *, before_shutdown: Callable[[], object] = lambda: None) -> Iterator[House]:
    """Lets it answer until the block ends; `before_shutdown` lets go of those that it holds up."""
    with house:
        thread = threading.Thread(target=house.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield house
        finally:
            before_shutdown()
            house.shutdown()
            thread.join(5)
