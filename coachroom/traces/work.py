"""The kinds of work whose time is measured."""

from __future__ import annotations

from enum import StrEnum


class Work(StrEnum):
    """What a span is named after, and the label of its histogram."""

    INTAKE = "intake"
    COMMIT = "commit"
    FILING = "filing"
    PAGE = "page"
    PROVIDER = "provider"
    MESSAGE = "message"
    CALENDAR = "calendar"
    MIRROR = "mirror"
