"""On Monday morning each coach is told by mail whom of their clients to talk with, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from coachroom.caseload.caseload import CaseloadReader
from coachroom.caseload.reasons import reason, what_to_do
from coachroom.clock import Clock, there
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.people.member import Member
from coachroom.people.members import Members
from coachroom.people.people import Person, Role

MONDAY = 0
# In the community's time zone. Whoever needs a talk later in the day is next week's.
MORNING = range(7, 12)
MAX_NAMES = 7
# On Wednesday it is no mail for Monday any more.
GOOD_FOR = timedelta(days=2)


class MondayMail:
    """Safe to call again and again: each week has one mail for each person.

    `unsubscribe_link`: the address at which somebody says that they want no more of them.
    """

    def __init__(
        self,
        members: Members,
        caseload: CaseloadReader,
        outbox: Outbox,
        clock: Clock,
        *,
        on: bool,
        zone: ZoneInfo,
        origin: str,
        min_valid_seconds: float,
        unsubscribe_link: Callable[[str, MessageKind], str],
    ) -> None:
        self._on = on
        self._members = members
        self._caseload = caseload
        self._outbox = outbox
        self._clock = clock
        self._zone = zone
        self._origin = origin
        self._min_valid_seconds = min_valid_seconds
        self._unsubscribe_link = unsubscribe_link
        outbox.compose_when_sent(MessageKind.MONDAY, lambda message: self.compose(str(message.recipient)))

    def write_due(self) -> int:
        """Writes the mails of this Monday that are not written yet; how many."""
        if not self._on:
            return 0
        now = self._clock()
        here = there(now, self._zone)
        if here.weekday() != MONDAY or here.hour not in MORNING or not self._outbox.can_send(Channel.MAIL):
            return 0
        week = here.strftime("%G-W%V")
        coaches = {f"{MessageKind.MONDAY} {week} {each.email}": each for each in self._members.coaches()}
        known = self._outbox.known(list(coaches))
        return self._outbox.put_all(
            [
                # Whom it names is looked up when it goes out: nothing of clients is kept for it.
                OutgoingMessage(
                    key, MessageKind.MONDAY, Channel.MAIL, {}, recipient=coach.email, good_until=now + GOOD_FOR
                )
                for key, coach in coaches.items()
                if key not in known and self._text_for(coach) is not None
            ]
        )

    def compose(self, email: str) -> dict[str, Any] | None:
        """The mail to this coach as things are now; None where nobody needs them, or they are no coach any more."""
        coach = next((each for each in self._members.coaches() if each.email == email), None)
        text = self._text_for(coach) if coach is not None else None
        return text.payload() if text is not None else None

    def _text_for(self, coach: Member) -> MailText | None:
        """None where nobody needs them, or they want no such mail."""
        if not self._on or self._outbox.is_unsubscribed(coach.email, MessageKind.MONDAY):
            return None
        now = self._clock()
        viewer = Person(coach.email, coach.display_name, Role(coach.role), None, demo=False)
        load = self._caseload.load(viewer, now, min_valid_seconds=self._min_valid_seconds)
        # The most urgent first, as on their home page.
        needy = load.to_talk_with.head(MAX_NAMES)
        return None if needy.empty else self._text(coach, needy, load.need_a_talk)

    def _text(self, coach: Member, needy: pd.DataFrame, in_all: int) -> MailText:
        lines = [
            f"{name_in_mail(row['client'])} {reason(row)}. {what_to_do(row)}" for row in needy.to_dict("records")
        ]
        more = in_all - len(lines)
        return MailText(
            f"Who needs you this week: {in_all} {'client' if in_all == 1 else 'clients'}",
            (
                f"Hello {name_in_mail(coach.display_name)},",
                "a talk would do good here:",
                *lines,
                *([f"And {more} more: the page Clients has them all."] if more else []),
            ),
            link_label="Your home page",
            link=f"{self._origin}/",
            unsubscribe=self._unsubscribe_link(coach.email, MessageKind.MONDAY),
        )
