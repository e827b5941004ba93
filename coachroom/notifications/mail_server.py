"""Hands mails to the community's mail server by SMTP."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from coachroom.notifications.mail_text import MailText, compose, domain_of
from coachroom.notifications.message import NotSentError, OutgoingMessage
from coachroom.settings import MailSecurity, Settings

# For each answer of the server's.
TIMEOUT_SECONDS = 20.0
# From here on a server means its refusal for good.
FOR_GOOD = 500


@dataclass(frozen=True)
class MailServer:
    """Where the server is, and how we sign in there, if at all. `sender`: what mails say they come from."""

    host: str
    port: int
    security: MailSecurity
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT_SECONDS


def mail_server_of(settings: Settings) -> MailServer | None:
    """The server that is set up; None where no mail is sent."""
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.mail_from,
        settings.smtp_user,
        password,
    )


def organizer_of(settings: Settings) -> str:
    """The bare address that invitations come from; one that takes no mail where no sender is set up."""
    return parseaddr(settings.mail_from or "")[1] or f"no-reply@{urlsplit(settings.origin).hostname}"


class MailSender:
    """Sends one mail a connection."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: which certificates are trusted; those of the system's authorities unless it is given."""
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        """Sends it, at most once. Raises NotSentError."""
        text = MailText.from_payload(message.payload)
        recipient = str(message.recipient)
        mail = compose(text, sender=self._server.sender, recipient=recipient, id=message.id, written_at=written_at)
        with self._connected() as connection:
            try:
                connection.send_message(mail, to_addrs=[recipient])
            except smtplib.SMTPException as error:
                raise _refusal(error) from None

    def check(self) -> None:
        """Connects and signs in, and sends nothing. Raises NotSentError."""
        with self._connected():
            pass

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            connection = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            raise NotSentError(
                f"The mail server refuses our sign-in ({error.smtp_code}): set COACHROOM_SMTP_USER and _PASSWORD.",
                no_answer=True,
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise NotSentError(
                "The mail server cannot do what COACHROOM_SMTP_SECURITY and _USER ask for: change them.",
                no_answer=True,
            ) from None
        except ssl.SSLError:
            raise NotSentError(
                "The mail server's certificate or encryption cannot be trusted: look at COACHROOM_SMTP_HOST, _PORT "
                "and _SECURITY.",
                no_answer=True,
            ) from None
        except (smtplib.SMTPException, OSError):
            raise NotSentError("The mail server cannot be reached.", no_answer=True) from None
        try:
            yield connection
        except OSError:
            raise _cut_off() from None
        finally:
            # What the server has taken it has; how it says goodbye is nothing to us.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # The domain of our mails instead of this computer's own name.
        name = domain_of(server.sender)
        if server.security is MailSecurity.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=server.timeout, context=self._tls
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=server.timeout)
        try:
            if server.security is MailSecurity.STARTTLS:
                connection.starttls(context=self._tls)
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _refusal(error: smtplib.SMTPException) -> NotSentError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, _),) = error.recipients.values()
        return _by_code("does not take mail for this address", code)
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code("did not take the mail", error.smtp_code)
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Ours to repair: the next try may go out.
        return NotSentError(f"The mail server refuses mail from COACHROOM_MAIL_FROM ({error.smtp_code}).")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotSentError("The mail server cannot send to an address with such letters.", final=True)
    return _cut_off()


def _by_code(what: str, code: int) -> NotSentError:
    return NotSentError(f"The mail server {what} ({code}).", final=code >= FOR_GOOD)


def _cut_off() -> NotSentError:
    return NotSentError("The line to the mail server broke.", no_answer=True)
