"""Stopping a browser as a laptop that falls asleep does, and letting it go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def children_of(parents: set[int]) -> set[int]:
    """These processes and all below them."""
    found = set(parents)
    while True:
        more = {pid for pid, parent in _parents().items() if parent in found} - found
        if not more:
            return found
        found |= more


def processes_with(flag: str) -> set[int]:
    """The processes that were started with this argument."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if flag.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


@contextmanager
def asleep(pids: set[int]) -> Iterator[None]:
    """Until the block ends, none of these processes does anything."""
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _parents() -> dict[int, int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            status = (folder / "stat").read_text()
            # The name of the program may have spaces and brackets in it.
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    return parents
