"""A command asks the app that has the database open to run it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coachroom import settings as settings_module
from coachroom.cli.control.frames import FrameKind, read_frames, socket_of, sockets_of, write_request
from coachroom.errors import SettingsError, StoreError


def ask_running_app(arguments: Sequence[str]) -> int | None:
    """The exit status of the command as the running app ran it; None where no app takes commands.

    Prints what it prints. Raises StoreError where the app went away before it was done.
    """
    connection = _connect()
    if connection is None:
        return None
    with connection:
        for kind, content in _answers(connection, arguments):
            if kind is FrameKind.STATUS:
                return int(content)
            stream = sys.stdout if kind is FrameKind.OUTPUT else sys.stderr
            stream.flush()
            stream.buffer.write(content)
            stream.buffer.flush()
    raise StoreError("The running app stopped before the command was done: look whether it was, and try again.")


def _answers(connection: socket.socket, arguments: Sequence[str]) -> Iterator[tuple[FrameKind, bytes]]:
    """Until the app has nothing more to say, or went away."""
    frames = read_frames(connection)
    try:
        write_request(connection, arguments, Path.cwd())
        while True:
            answer = next(frames, None)
            if answer is None:
                return
            yield answer
    except (ConnectionError, TimeoutError):
        return


def _connect() -> socket.socket | None:
    if not hasattr(socket, "AF_UNIX"):
        return None
    try:
        settings = settings_module.load()
    except SettingsError:
        return None
    # Any replica can run it, as all have the same database; the named one is asked first.
    named = socket_of(settings.beside, settings.replica or "")
    for path in (named, *sockets_of(settings.beside)):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError:
            # No app runs, or one that was killed left the socket behind, or its path is too long for one.
            connection.close()
        else:
            return connection
    return None
