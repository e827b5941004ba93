"""Whether a port can be listened on, said in one sentence."""

from __future__ import annotations

import errno
import os
import socket

from coachroom.errors import PortError


def port_refusal(address: str, port: int) -> str | None:
    """Why the server could not listen on this address and port, with the way out; None if it could."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                # As the server does: a port whose last connections are still winding down is free. On Windows the
                # option would take a port that somebody listens on.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} is in use: set COACHROOM_PORT, or give --port, to a free one."
        if error.errno == errno.EACCES:
            return f"Port {port} needs more rights: set COACHROOM_PORT, or give --port, to one above 1023."
        return f"{address} is not an address of this machine: set COACHROOM_ADDRESS, 127.0.0.1 for this machine only."
    return None


def ensure_free(address: str, port: int) -> None:
    """Raises PortError where the server could not listen there."""
    refusal = port_refusal(address, port)
    if refusal is not None:
        raise PortError(refusal)
