"""What stands at an address on the internet: from no private network, after no redirect, and up to a bound."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field

from coachroom.notifications.public_post import NoAnswerError, PublicLine

REDIRECTS = range(300, 400)


@dataclass(frozen=True)
class PublicAnswer:
    """`body`: up to the bound that was asked for, and one byte more where there is more."""

    status: int
    body: bytes = field(repr=False)


class PublicGet(PublicLine):
    """Gets one address a connection."""

    def get(self, address: str, max_bytes: int) -> PublicAnswer:
        """What the address answers. Raises PrivateAddressError, NoAnswerError."""

        def read(answer: http.client.HTTPResponse) -> PublicAnswer:
            return PublicAnswer(answer.status, answer.read(max_bytes + 1))

        try:
            return self.exchange("GET", address, None, {"User-Agent": "coachroom", "Accept": "text/calendar"}, read)
        except (OSError, http.client.HTTPException):
            raise NoAnswerError from None
