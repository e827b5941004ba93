"""The process may open as many files as the system allows, and knows how many pages that carries."""

from __future__ import annotations

import subprocess
import sys

import pytest

REPORT = (
    "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); "
    "from coachroom.app.open_files import max_open_pages, raise_file_limit; "
    "raise_file_limit(); print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], max_open_pages())"
)


@pytest.mark.parametrize(
    ("soft", "hard", "pages"), [(256, 1024, 240), (1024, 1024, 240), (128, 128, 16), (32, 32, 0)]
)
def test_the_limit_becomes_the_hard_one(soft: int, hard: int, pages: int) -> None:
    # In a process of its own: a hard limit cannot be raised again.
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(hard), str(pages)]
