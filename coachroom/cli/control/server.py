"""The running app runs commands for those who may open its control socket: the account that it runs under.

Each connection brings one command, which runs in a thread of its own on the app's open database. A command whose
caller goes away before it commits is rolled back.
"""

from __future__ import annotations

import argparse
import logging
import os
import select
import socket
import threading
from contextlib import suppress
from pathlib import Path

from coachroom.app.container import Services
from coachroom.app.replicas import replica_name
from coachroom.cli.commands import build_parser, run_command
from coachroom.cli.control.frames import FrameKind, Request, read_request, socket_of, sockets_of, write_frame
from coachroom.cli.database import running_on
from coachroom.cli.output import Output, complain, to
from coachroom.cli.parser import STANDARD_OUTPUT
from coachroom.errors import MISTAKE, CoachroomError
from coachroom.postgres_address import PostgresAddress

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
MAX_COMMANDS = 8
REQUEST_S = 10.0
# A caller who does not read what the command prints is given up.
SEND_S = 60.0
BUSY = f"The running app runs {MAX_COMMANDS} commands already: try again when one of them is done.\n"
FAILED = "The command failed in the running app, whose log says why."
UNKNOWN = "The running app is of another version and does not know this command: restart it."


class CallerGoneError(CoachroomError):
    """Whoever asked for the command has gone, as by Ctrl-C."""


def serve_commands(services: Services, stop: threading.Event) -> None:
    """Takes commands until `stop` is set."""
    if not hasattr(socket, "AF_UNIX"):
        return
    settings = services.settings
    shared = isinstance(settings.database, PostgresAddress)
    path = socket_of(settings.beside, replica_name(settings) if shared else "")
    _remove_unused(settings.beside)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # A short name: a socket's path may have some 100 bytes.
    unnamed = path.with_name(f".{os.getpid()}.new")
    try:
        unnamed.unlink(missing_ok=True)
        listener.bind(str(unnamed))
        unnamed.chmod(0o600)
        listener.listen()
        # Named only now: another process deletes a socket on which nobody listens. A killed process may have left one
        # of this name.
        unnamed.replace(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            # Of the two paths only this one may be too long.
            probe.connect(str(path))
    except OSError as error:
        listener.close()
        for each in (unnamed, path):
            each.unlink(missing_ok=True)
        log.warning("Commands cannot reach the running app: %s cannot be a socket (%s).", path, error)
        return
    listener.settimeout(LOOK_EVERY_S)
    places = threading.Semaphore(MAX_COMMANDS)
    try:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                # Such as no file descriptor being left; others may end meanwhile.
                log.warning("A command could not reach the running app: %s", error)
                stop.wait(LOOK_EVERY_S)
                continue
            _take(services, connection, places)
    finally:
        listener.close()
        path.unlink(missing_ok=True)


def _remove_unused(database: Path) -> None:
    """Deletes the sockets of killed replicas."""
    for path in sockets_of(database):
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(LOOK_EVERY_S)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()


def _take(services: Services, connection: socket.socket, places: threading.Semaphore) -> None:
    if not places.acquire(blocking=False):
        with connection, suppress(OSError):
            write_frame(connection, FrameKind.ERROR, BUSY.encode())
            write_frame(connection, FrameKind.STATUS, str(MISTAKE).encode())
        return
    try:
        threading.Thread(target=_serve, args=(services, connection, places), name="command", daemon=True).start()
    except RuntimeError as error:
        log.warning("A command could not be run: %s", error)
        places.release()
        connection.close()


def _serve(services: Services, connection: socket.socket, places: threading.Semaphore) -> None:
    try:
        with connection:
            connection.settimeout(REQUEST_S)
            try:
                request = read_request(connection)
            except (OSError, ValueError):
                return
            connection.settimeout(SEND_S)
            # Nobody is left to answer where it fails.
            with suppress(OSError):
                write_frame(connection, FrameKind.STATUS, str(_run(services, connection, request)).encode())
    finally:
        places.release()


def _run(services: Services, connection: socket.socket, request: Request) -> int:
    """The exit status."""

    def require_caller() -> None:
        if _is_gone(connection):
            raise CallerGoneError("The command was given up.")

    def send(kind: FrameKind) -> Output:
        return Output(lambda content: write_frame(connection, kind, content))

    with to(send(FrameKind.OUTPUT), send(FrameKind.ERROR)), running_on(services, require_caller):
        try:
            options = _options(request)
            if options is None:
                complain(UNKNOWN)
                return MISTAKE
            return run_command(options)
        except OSError:
            # Whoever waited for it reads no more.
            return MISTAKE
        except Exception:
            log.exception("a command failed")
            with suppress(OSError):
                complain(FAILED)
            return 1


def _options(request: Request) -> argparse.Namespace | None:
    """The command's options, with the caller's paths; None where this app's version has no such command."""
    try:
        options = build_parser().parse_args(request.arguments)
    except SystemExit:
        return None
    for name, value in vars(options).items():
        if isinstance(value, Path) and value != STANDARD_OUTPUT:
            setattr(options, name, request.folder / value)
    return options if getattr(options, "live", False) else None


def _is_gone(connection: socket.socket) -> bool:
    # Not `select`, which takes no descriptor above 1,023.
    poll = select.poll()
    poll.register(connection, select.POLLIN | select.POLLHUP)
    if not poll.poll(0):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
