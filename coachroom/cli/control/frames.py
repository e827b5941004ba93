"""How a command and the running app talk over the control socket.

The command sends one line of JSON. The app answers with frames: one byte that says what it is, four that say how long
it is, and so many bytes.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

MAX_REQUEST_BYTES = 1 << 20
_HEAD = struct.Struct(">cI")


class FrameKind(Enum):
    """Bytes for standard output · for standard error · the exit status, after which nothing comes."""

    OUTPUT = b"o"
    ERROR = b"e"
    STATUS = b"s"


@dataclass(frozen=True)
class Request:
    """A command line, and the folder that its paths are relative to."""

    arguments: tuple[str, ...]
    folder: Path


def socket_of(database: Path, replica: str = "") -> Path:
    """Where the app that has this database open takes commands; of several, the replica of this name."""
    return database.absolute().with_name(f".{database.name}.control" + (f".{replica}" if replica else ""))


def sockets_of(database: Path) -> list[Path]:
    """The sockets of the app, or of its replicas on this machine. Killed ones leave theirs."""
    alone = socket_of(database)
    if not alone.parent.is_dir():
        return []
    return sorted(path for path in alone.parent.iterdir() if path == alone or path.name.startswith(f"{alone.name}."))


def write_request(connection: socket.socket, arguments: Sequence[str], folder: Path) -> None:
    document = {"arguments": list(arguments), "folder": str(folder)}
    connection.sendall(json.dumps(document).encode() + b"\n")


def read_request(connection: socket.socket) -> Request:
    """Raises ValueError where it is none."""
    read = b""
    while not read.endswith(b"\n"):
        part = connection.recv(65_536)
        if not part or len(read) + len(part) > MAX_REQUEST_BYTES:
            raise ValueError("no whole request came")
        read += part
    document = json.loads(read)
    if not isinstance(document, dict) or not isinstance(document.get("arguments"), list):
        raise ValueError("the request names no command")
    return Request(tuple(map(str, document["arguments"])), Path(str(document.get("folder", "/"))))


def write_frame(connection: socket.socket, kind: FrameKind, content: bytes) -> None:
    connection.sendall(_HEAD.pack(kind.value, len(content)) + content)


def read_frames(connection: socket.socket) -> Iterator[tuple[FrameKind, bytes]]:
    """Until the app closes the connection."""
    with connection.makefile("rb") as stream:
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            kind, length = _HEAD.unpack(head)
            yield FrameKind(kind), stream.read(length)
