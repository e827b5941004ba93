"""Signed tokens: a development sign-in, the address to go on to after a sign-in, the right to report for a session.

Each kind has its own salt, so that none is accepted as another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

_NEXT_SECONDS = 15 * 60
_REPORT_SECONDS = 2 * 24 * 3600
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")
UNSUBSCRIBE_PATH = "/unsubscribe"
ANSWER_PATH = "/answer"
ANSWER_DAYS = 7


@dataclass(frozen=True)
class Unsubscription:
    """The right to say which mails somebody wants, given by a link in one of them."""

    email: str
    kind: str


@dataclass(frozen=True)
class AnswerPass:
    """The right to say how a client's next steps went that were due on this day, given by a link."""

    client_id: str
    day: date


@dataclass(frozen=True)
class ReportPass:
    """The right to report for a session, as long as the sign-in lasts that its page was shown to."""

    session_id: str
    sign_in_id: str


class SignedTokens:
    """Makes and reads tokens with the app's cookie secret; that of a sign-in is good for `longest_sign_in`."""

    def __init__(self, secret: str, *, longest_sign_in: timedelta) -> None:
        self._sign_in_seconds = int(longest_sign_in.total_seconds())
        self._sign_in = URLSafeTimedSerializer(secret, salt="development-sign-in")
        self._next = URLSafeTimedSerializer(secret, salt="next-page")
        self._unsubscribe = URLSafeSerializer(secret, salt="unsubscribe")
        self._answer = URLSafeSerializer(secret, salt="step-answer")
        self._report = URLSafeTimedSerializer(secret, salt="session-report")

    def issue_sign_in(self, sign_in_id: str) -> str:
        """The cookie of a development sign-in."""
        return str(self._sign_in.dumps(sign_in_id))

    def verify_sign_in(self, token: str | None) -> str | None:
        """The id of a development sign-in; None for a forged or old token."""
        return _read(self._sign_in, token, self._sign_in_seconds)

    def issue_next(self, path: str) -> str:
        return str(self._next.dumps(safe_path(path)))

    def verify_next(self, token: str | None) -> str:
        """The path to go on to, "/" where there is none."""
        return safe_path(_read(self._next, token, _NEXT_SECONDS) or "/")

    def issue_report(self, session_id: str, sign_in_id: str) -> str:
        """Lets a room page that is shown to this sign-in report what happens in its session."""
        return str(self._report.dumps(f"{session_id} {sign_in_id}"))

    def verify_report(self, token: str) -> ReportPass | None:
        """The session a page may report for, and the sign-in it must still have."""
        session_id, _, sign_in_id = (_read(self._report, token, _REPORT_SECONDS) or "").partition(" ")
        return ReportPass(session_id, sign_in_id) if sign_in_id else None

    def issue_unsubscribe(self, email: str, kind: str) -> str:
        """A path that does not expire: a mail may be read again after months."""
        return f"{UNSUBSCRIBE_PATH}?token={self._unsubscribe.dumps([email, kind])}"

    def verify_unsubscribe(self, token: str) -> Unsubscription | None:
        """Whose mails of which kind the token is for; None for a forged one."""
        try:
            value = self._unsubscribe.loads(token)
        except (BadSignature, UnicodeError):
            return None
        return Unsubscription(*value)

    def issue_answer(self, client_id: str, day: date, now: datetime) -> str:
        """A path that is good for ANSWER_DAYS. `now` is naive UTC."""
        until = now + timedelta(days=ANSWER_DAYS)
        token = self._answer.dumps([client_id, day.isoformat(), until.isoformat(timespec="seconds")])
        return f"{ANSWER_PATH}?token={token}"

    def verify_answer(self, token: str, now: datetime) -> AnswerPass | None:
        """Whose next steps of which day the token is for; None for one that is forged or too old."""
        try:
            client_id, day, until = self._answer.loads(token)
        except (BadSignature, UnicodeError):
            return None
        return AnswerPass(client_id, date.fromisoformat(day)) if now < datetime.fromisoformat(until) else None


def safe_path(path: str) -> str:
    """The path if it leads to a page of ours, else "/": never a way to another site."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"


def _read(serializer: URLSafeTimedSerializer, token: str | None, seconds: int) -> str | None:
    try:
        value = serializer.loads(token, max_age=seconds) if token else None
    except (BadSignature, UnicodeError):
        return None
    return value if isinstance(value, str) else None
