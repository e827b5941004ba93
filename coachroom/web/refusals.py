"""Requests that are refused for how they come, whatever they bring."""

from __future__ import annotations

from coachroom.errors import CoachroomError


class RequestRefusedError(CoachroomError):
    """A request is not taken; `retry_after` (seconds) says when it may be, None for never as it is."""

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class BodyTooLargeError(RequestRefusedError):
    """The body is larger than this request may be."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"At most {max_bytes} bytes at once.")


class BodyTooSlowError(RequestRefusedError):
    """The body did not come in time."""

    def __init__(self) -> None:
        super().__init__("The body did not come.")


class BodyCutOffError(RequestRefusedError):
    """The sender went before the body had come."""

    def __init__(self) -> None:
        super().__init__("The body did not come to its end.")


class TooManyAtOnceError(RequestRefusedError):
    """Too much is being received; whoever sent this may come back."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many at once. Try again in a moment.", retry_after=retry_after)


class TooOftenError(RequestRefusedError):
    """One address asks more often than it may."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many tries from your network. Wait a minute, then try again.", retry_after=retry_after)
