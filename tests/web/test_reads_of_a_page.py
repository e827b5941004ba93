"""What a page asks for while it runs once: the same thing never twice where that costs every page something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coachroom.people.sign_ins import CheckedSignIn, SignIns
from tests.services import store_of
from tests.web.serving import Served
from tests.web.tabs import shown, tab_of

ANA = "ana.silva@example.com"


@contextmanager
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The sign-ins that are checked meanwhile."""
    checked: list[str] = []
    own = SignIns.check

    def check(sign_ins: SignIns, id: str) -> CheckedSignIn:
        checked.append(id)
        return own(sign_ins, id)

    with monkeypatch.context() as patched:
        patched.setattr(SignIns, "check", check)
        yield checked


@pytest.mark.parametrize("page", ["", "Goals", "Profile"])
def test_the_sign_in_is_checked_once_a_run(served: Served, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    with tab_of(served, ANA) as tab:
        tab.run(page)
        with checks(monkeypatch) as checked:
            tab.run(page)
    assert len(checked) == 1


def test_the_next_run_asks_again(served: Served) -> None:
    store = store_of(served.services)
    with tab_of(served, ANA) as tab:
        assert "find you among the members" not in shown(tab.run("Goals"))
        store.execute("UPDATE members SET status = 'removed' WHERE email = $1", [ANA])
        try:
            assert "find you among the members" in shown(tab.run("Goals"))
        finally:
            store.execute("UPDATE members SET status = 'active' WHERE email = $1", [ANA])
