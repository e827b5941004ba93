"""How many files and connections this process may have open: each open page holds several."""

from __future__ import annotations

from importlib.util import find_spec

# Measured: a page's socket and what Streamlit opens beside it. The app itself needs the rest at rest.
FILES_A_PAGE = 4
FILES_AT_REST = 64
# Some systems name no bound, or one that takes seconds to count through.
MAX_FILES = 1 << 20


def raise_file_limit() -> None:
    """Lets this process open as many files as the system allows it."""
    if find_spec("resource") is None:
        return
    import resource  # noqa: PLC0415 - there is none on Windows, which has no such limit

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _bounded(hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def max_open_pages() -> int | None:
    """How many pages may be open at once; None where the system sets no limit."""
    if find_spec("resource") is None:
        return None
    import resource  # noqa: PLC0415 - as above

    return max(0, _bounded(resource.getrlimit(resource.RLIMIT_NOFILE)[1]) - FILES_AT_REST) // FILES_A_PAGE


def _bounded(limit: int) -> int:
    # RLIM_INFINITY is below zero.
    return MAX_FILES if limit < 0 else min(limit, MAX_FILES)
