"""Signed tokens: a development sign-in, the address to go on to after a sign-in, the right to report for a session.

Each kind has its own salt, so that none is accepted as another.
"""

from __future__ import annotations

import re

from itsdangerous import BadSignature, URLSafeTimedSerializer

_SIGN_IN_SECONDS = 30 * 24 * 3600
_NEXT_SECONDS = 15 * 60
_REPORT_SECONDS = 2 * 24 * 3600
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")


class SignedTokens:
    """Makes and reads tokens with the app's cookie secret."""

    def __init__(self, secret: str) -> None:
        self._sign_in = URLSafeTimedSerializer(secret, salt="development-sign-in")
        self._next = URLSafeTimedSerializer(secret, salt="next-page")
        self._report = URLSafeTimedSerializer(secret, salt="session-report")

    def issue_sign_in(self, email: str) -> str:
        """A development sign-in as this demo person."""
        return str(self._sign_in.dumps(email))

    def verify_sign_in(self, token: str | None) -> str | None:
        """The e-mail of a development sign-in; None for a forged or old token."""
        return _read(self._sign_in, token, _SIGN_IN_SECONDS)

    def issue_next(self, path: str) -> str:
        return str(self._next.dumps(safe_path(path)))

    def verify_next(self, token: str | None) -> str:
        """The path to go on to, "/" where there is none."""
        return safe_path(_read(self._next, token, _NEXT_SECONDS) or "/")

    def issue_report(self, session_id: str) -> str:
        """Lets a room page report what happens in its session."""
        return str(self._report.dumps(session_id))

    def verify_report(self, token: str) -> str | None:
        """The session a page may report for."""
        return _read(self._report, token, _REPORT_SECONDS)


def safe_path(path: str) -> str:
    """The path if it leads to a page of ours, else "/": never a way to another site."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"


def _read(serializer: URLSafeTimedSerializer, token: str | None, seconds: int) -> str | None:
    try:
        value = serializer.loads(token, max_age=seconds) if token else None
    except (BadSignature, UnicodeError):
        return None
    return value if isinstance(value, str) else None
