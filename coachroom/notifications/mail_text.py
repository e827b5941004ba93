"""What a mail says, and the mail that is made of it: plain text and HTML, with nothing in it that runs or loads."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from coachroom.notifications.message import NotSentError
from coachroom.text import cut, on_one_line


class WebAddressHeader(UnstructuredHeader):
    """A header that holds an address on the web, on one line: folded, it would be encoded and lead nowhere."""

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        """The line as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", WebAddressHeader)  # type: ignore[arg-type]  # the registry adds BaseHeader
# For servers that take seven bits only.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
MAX_NAME_CHARS = 80
MAX_SUBJECT_CHARS = 150


@dataclass(frozen=True)
class CalendarPart:
    """A file for calendar programs, as iCalendar text. `method`: what they are to do with it, such as REQUEST."""

    method: str
    text: str


@dataclass(frozen=True)
class MailText:
    """`paragraphs`: plain sentences. `unsubscribe`: the address where one says that one wants no more of them.

    `calendar`: goes with the mail as a part that mail programs show, and as a file. `more_links`: further labels, and
    the address of each.
    """

    subject: str
    paragraphs: tuple[str, ...]
    link_label: str
    link: str
    unsubscribe: str | None = None
    calendar: CalendarPart | None = None
    more_links: tuple[tuple[str, str], ...] = ()

    def payload(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> MailText:
        calendar = payload.get("calendar")
        more = tuple((str(label), str(address)) for label, address in payload.get("more_links", ()))
        given = {**payload, "paragraphs": tuple(payload["paragraphs"]), "more_links": more}
        return cls(**given | {"calendar": CalendarPart(**calendar) if calendar else None})


def name_in_mail(name: str) -> str:
    """Somebody's name as it may stand in a mail: on one line, and not long."""
    return cut(on_one_line(name), MAX_NAME_CHARS)


def compose(text: MailText, *, sender: str, recipient: str, id: str, written_at: datetime) -> EmailMessage:
    """The mail. Raises NotSentError where nothing can be sent to the recipient's address."""
    mail = EmailMessage(POLICY)
    try:
        mail["To"] = Address(addr_spec=recipient)
    except (ValueError, MessageError, IndexError):
        raise NotSentError("The address is none that a mail can be sent to.", final=True) from None
    mail["From"] = sender
    mail["Subject"] = cut(on_one_line(text.subject), MAX_SUBJECT_CHARS)
    mail["Date"] = format_datetime(written_at.replace(tzinfo=UTC))
    mail["Message-ID"] = f"<{id}@{domain_of(sender)}>"
    # Nobody's absence note needs to answer.
    mail["Auto-Submitted"] = "auto-generated"
    if text.unsubscribe is not None:
        mail["List-Unsubscribe"] = f"<{text.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(_plain(text))
    mail.add_alternative(_html(text), subtype="html")
    if text.calendar is not None:
        _add_calendar(mail, text.calendar)
    return mail


def _add_calendar(mail: EmailMessage, calendar: CalendarPart) -> None:
    """Some programs act on the part, others only on the file."""
    method = {"method": calendar.method}
    mail.add_alternative(calendar.text, subtype="calendar", params=method)
    mail.add_attachment(
        calendar.text.encode(), maintype="application", subtype="ics", filename="appointment.ics", params=method
    )


def domain_of(sender: str) -> str:
    """The domain of an address such as "Coaching <coach@example.com>"."""
    return sender.rpartition("@")[2].rstrip("> ")


def _plain(text: MailText) -> str:
    stop = [f"No more of these mails: {text.unsubscribe}"] if text.unsubscribe else []
    return "\n\n".join((*text.paragraphs, *(f"{label}: {address}" for label, address in _links(text)), *stop)) + "\n"


def _html(text: MailText) -> str:
    lines = [f"<p>{html.escape(paragraph)}</p>".replace("\n", "<br>") for paragraph in text.paragraphs]
    lines += [f"<p>{_anchor(address, label)}</p>" for label, address in _links(text)]
    if text.unsubscribe:
        lines.append(f"<p><small>{_anchor(text.unsubscribe, 'No more of these mails')}</small></p>")
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(text.subject)}</title>"
    return "\n".join([head, "<body>", *lines, "</body></html>", ""])


def _links(text: MailText) -> list[tuple[str, str]]:
    return [(text.link_label, text.link), *text.more_links]


def _anchor(address: str, label: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(label)}</a>'
