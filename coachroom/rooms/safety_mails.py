"""Administrators are told by mail that a session was reported as not safe, or a report changed: no word, no name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from coachroom.clock import to_iso
from coachroom.notifications.mail_text import MailText
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.rooms.safety_reports import SafetyReport
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.rooms", "safety_mails.sql")

# Of one session: whoever reports it, takes it back and reports it again, or changes it, sends no mail each time.
NO_OTHER_MAIL_FOR = timedelta(days=1)
# So many sessions of one client that the same side reported within that time, and so many whose report it changed:
# the others stand on the page. Changes are counted apart, so that they keep no new report back.
MAX_MAILS_A_CLIENT = 5
CHANGED = "changed"


class SafetyMails:
    """Safe to use from many threads. What waits is dropped once the report was taken back.

    `unsubscribe_link`: the address at which somebody says that they want no more of such mails.
    """

    def __init__(
        self, store: Store, outbox: Outbox, *, origin: str, unsubscribe_link: Callable[[str, MessageKind], str]
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._origin = origin
        self._unsubscribe_link = unsubscribe_link
        outbox.compose_when_sent(MessageKind.SAFETY_REPORT, self._compose)

    def announce(self, transaction: Transaction, report: SafetyReport) -> None:
        """Within the transaction that keeps the report, or a change of it: each administrator is to be told.

        A mail that waits leads to what was changed meanwhile, too.
        """
        side, at = "coach" if report.coach else "client", report.changed_at or report.reported_at
        what = CHANGED if report.changed_at else ""
        values = [MessageKind.SAFETY_REPORT, report.client_id, side, at - NO_OTHER_MAIL_FOR]
        told = transaction.execute(SQL["told_since"], values)
        alike = [session_id for session_id, told_what, _ in told if told_what == what]
        waits = any(waits for session_id, _, waits in told if session_id == report.session_id)
        if waits or report.session_id in alike or len(alike) >= MAX_MAILS_A_CLIENT:
            return
        for (email,) in transaction.execute(SQL["administrators"], []):
            self._outbox.put(
                transaction,
                OutgoingMessage(
                    f"{MessageKind.SAFETY_REPORT} {report.session_id} {side} {to_iso(at)} {email} {what}".rstrip(),
                    MessageKind.SAFETY_REPORT,
                    Channel.MAIL,
                    {},
                    recipient=str(email),
                    about=(report.client_id,),
                ),
            )

    def _compose(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        """None where it was taken back, or its session is gone."""
        _, session_id, side, at, *_ = message.key.split(" ")
        reported = self._store.execute(SQL[f"reported_by_{side}"], [session_id])
        if not reported:
            return None
        who = "a human coach" if side == "coach" else "a client"
        if at > to_iso(reported[0][0]):
            subject = "A report that a session was not safe was changed"
            what = "changed their report that a session with the AI coach was not safe"
        else:
            subject = "A session was reported as not safe"
            what = "reported that a session with the AI coach was not safe"
        return MailText(
            subject,
            ("Hello,", f"{who} of your community {what}. You find the report on the page System."),
            link_label="The page System",
            link=f"{self._origin}/System",
            unsubscribe=self._unsubscribe_link(str(message.recipient), MessageKind.SAFETY_REPORT),
        ).payload()
