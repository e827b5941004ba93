"""A mail server on a free loopback port: takes mail, and misbehaves where a test tells it to."""

from __future__ import annotations

import base64
import ssl
import threading
from collections import deque
from contextlib import AbstractContextManager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import Enum, auto
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast

from tests.notifications.houses import open_house


class MailFault(Enum):
    """What goes wrong with one mail."""

    PUT_OFF = auto()
    DROPPED_IN_DATA = auto()
    DROPPED_AFTER_DATA = auto()
    HANGS = auto()


class MailHouse(ThreadingTCPServer):
    """`faults`: one for each of the next mails, None for none. `refused`: addresses that it takes nothing for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *, user: str | None = None, password: str = "", tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.login = base64.b64encode(f"\0{user}\0{password}".encode()).decode() if user else None
        self.tls = tls
        self.faults: deque[MailFault | None] = deque()
        self.refused: set[str] = set()
        self.taken: list[EmailMessage] = []
        self.talks = 0
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of an app that sends its mails here."""
        return {
            "smtp_host": "127.0.0.1",
            "smtp_port": self.port,
            "smtp_security": "none",
            "mail_from": "c@example.com",
        }

    def mails_to(self, recipient: str) -> list[EmailMessage]:
        return [mail for mail in self.taken if mail["To"] == recipient]


class _Talk(StreamRequestHandler):
    server: MailHouse

    def handle(self) -> None:
        self.server.talks += 1
        with suppress(OSError):
            self.say("220 mail house")
            while self.command():
                pass

    def finish(self) -> None:
        super().finish()
        # The one that was wrapped for TLS is none that the server knows.
        self.request.close()

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def command(self) -> bool:
        """One command and its answer; False where the talk is over."""
        line = self.rfile.readline(2000).decode().strip()
        word = line.upper().partition(" ")[0]
        if word == "EHLO":
            more = [*(["STARTTLS"] if self.server.tls else []), *(["AUTH PLAIN"] if self.server.login else [])]
            names = ["house", *more]
            for place, name in enumerate(names):
                self.say(f"250{'-' if place < len(names) - 1 else ' '}{name}")
        elif word == "STARTTLS" and self.server.tls:
            self.say("220 go on")
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.setup()
        elif word == "AUTH":
            self.say("235 welcome" if line.split()[-1] == self.server.login else "535 no")
        elif word == "RCPT":
            address = line.partition("<")[2].partition(">")[0]
            self.say("550 nobody here" if address in self.server.refused else "250 ok")
        elif word == "DATA":
            return self.data()
        elif word in ("MAIL", "RSET"):
            self.say("250 ok")
        elif word == "QUIT":
            self.say("221 bye")
            return False
        return bool(line)

    def data(self) -> bool:
        fault = self.server.faults.popleft() if self.server.faults else None
        if fault is MailFault.PUT_OFF:
            self.say("451 later")
            return True
        if fault is MailFault.HANGS:
            self.server.over.wait(30)
            return False
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
            if fault is MailFault.DROPPED_IN_DATA or not line:
                return False
        mail = message_from_bytes(b"".join(map(_line, lines)), policy=default)
        self.server.taken.append(cast(EmailMessage, mail))
        if fault is MailFault.DROPPED_AFTER_DATA:
            return False
        self.say("250 taken")
        return True


def _line(sent: bytes) -> bytes:
    return sent.removeprefix(b".").replace(b"\r\n", b"\n")


def mail_house(
    *, user: str | None = None, password: str = "", tls: ssl.SSLContext | None = None
) -> AbstractContextManager[MailHouse]:
    """Takes mail until the block ends."""
    house = MailHouse(user=user, password=password, tls=tls)
    return open_house(house, before_shutdown=house.over.set)
