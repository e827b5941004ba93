from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.serving import RunningAgent, open_house


@pytest.fixture(scope="module")
def practice() -> Iterator[RunningAgent]:
    """One server for the tests of a file; each test makes its own calls."""
    with open_house(keep_audio=True) as running:
        yield running
