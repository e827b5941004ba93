"""Tells clients who want it by mail that their room was used from a device that was not there before."""

from __future__ import annotations

import hashlib
from datetime import datetime

from coachroom.clock import Clock, to_iso
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.notifications", "devices.sql")


# Of one client; whoever makes up more of them is not told of each.
MAX_DEVICES = 50


class Devices:
    """Safe to use from many threads. A device is the random number that its browser keeps in a cookie of ours."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, outbox: Outbox, *, origin: str) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._outbox = outbox
        self._origin = origin

    def wished(self, client_id: str) -> bool:
        """Whether the client wants to be told."""
        return bool(self._store.execute(SQL["wished"], [client_id]))

    def wish(self, client_id: str, *, device: str | None) -> None:
        """From now on the client is told. `device`: the one they say it from, if it has a number."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["wish"], [client_id, now])
            if device is not None:
                transaction.execute(SQL["add_device"], [client_id, _hash(device), now])

        self._writer.submit(work).result()

    def wish_no_more(self, client_id: str) -> None:
        """The client is not told any more, and the devices are forgotten."""

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["wish_no_more"], [client_id])
            transaction.execute(SQL["forget_devices"], [client_id])

        self._writer.submit(work).result()

    def note_use(self, client_id: str, device: str, *, email: str, name: str) -> None:
        """The client's room is used from this device: it goes out where that is new, the first one aside."""
        number, now = _hash(device), self._clock()
        if number in self._known(self._store, client_id):
            return

        def work(transaction: Transaction) -> None:
            known = self._known(transaction, client_id)
            # Looked at again: they may have turned it off, or another window may have been as fast.
            full = len(known) >= MAX_DEVICES
            if full or number in known or not transaction.execute(SQL["wished"], [client_id]):
                return
            transaction.execute(SQL["add_device"], [client_id, number, now])
            if known:
                self._outbox.put(transaction, self._notice(number, email, name, now))

        self._writer.submit(work).result()

    def _known(self, source: Store | Transaction, client_id: str) -> set[str]:
        return {str(device) for (device,) in source.execute(SQL["devices"], [client_id])}

    def _notice(self, number: str, email: str, name: str, now: datetime) -> OutgoingMessage:
        text = MailText(
            "Your room was used from a new device",
            (
                f"Hello {name_in_mail(name)},",
                f"your coaching room was opened on {now:%d %B %Y at %H:%M} UTC in a browser that was not used for it "
                "before.",
                'If that was you, there is nothing to do. If it was not, open "How you are coached" and press "Sign '
                'out everywhere", then change the password of the account that you sign in with.',
                "You asked for this mail. You turn it off on the same page.",
            ),
            link_label="How you are coached",
            link=f"{self._origin}/Profile",
        )
        key = f"new device {number} {to_iso(now)}"
        return OutgoingMessage(key, MessageKind.NEW_DEVICE, Channel.MAIL, text.payload(), recipient=email)


def _hash(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()
