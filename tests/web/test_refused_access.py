"""Whoever is refused a room, a download or a sign-in stands in the audit log."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.app.offers import offer
from tests.services import store_of, writer_of
from tests.web.serving import Served, serving
from tests.web.tabs import sign_in_cookie, tab_of

ANA, BEN, ANALYST = "ana.silva@example.com", "ben.okafor@example.com", "anton.weber@example.com"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("refused"), development_sign_in=True) as running:
        yield running


def refused(served: Served, actor: str) -> list[tuple]:
    writer_of(served.services).submit(lambda _: None).result()
    sql = "SELECT action, subject FROM audit_log WHERE actor = $1 AND action LIKE '%refused' ORDER BY id"
    return store_of(served.services).execute(sql, [actor])


def test_a_sign_in_as_nobody_we_know(served: Served) -> None:
    for _ in range(3):
        answer = httpx.post(
            f"{served.origin}/sign-in", data={"email": "eve@example.com"}, headers={"origin": served.origin}
        )
        assert answer.status_code == 403
    assert refused(served, "eve@example.com") == [("sign_in_refused", "no demo person")]


def test_a_room_of_another_client(served: Served) -> None:
    room = served.services.rooms.create("demo-ben")
    with tab_of(served, ANA) as page:
        page.run("Room", f"room={room.id}")
    assert refused(served, ANA) == [("room_refused", "room")]
    with tab_of(served, BEN) as page:
        page.run("Room", f"room={room.id}")
    assert refused(served, BEN) == []


def test_a_download_of_somebody_else(served: Served) -> None:
    person = served.services.people.find(ANALYST)
    assert person is not None
    address = f"{served.origin}/exports/{offer(served.services, person).id}"
    headers = {"cookie": sign_in_cookie(served.services, BEN)}
    assert httpx.get(address, headers=headers).status_code == 404
    assert httpx.get(address).status_code == 404
    assert refused(served, BEN) == [("download_refused", "export")]
    assert refused(served, "somebody") == [("download_refused", "export")]
