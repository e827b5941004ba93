"""A browser subscribes for whoever is signed in in it, at a browser's push service alone, until they sign out."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from coachroom.notifications.web_push import VapidKey
from tests.notifications.push_house import PUSH_SUBSCRIPTION
from tests.web.serving import Served, serving

ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("push"), push_key=VapidKey.new().text) as running:
        yield running


@pytest.fixture(autouse=True)
def nobody_is_subscribed(served: Served) -> None:
    for person in (ANA, BEN):
        served.services.push_subscriptions.unsubscribe_all(person)


def browsers(served: Served, person: str = ANA) -> int:
    return len(served.services.push_subscriptions.browsers_of(person))


def test_a_browser_subscribes_and_unsubscribes(served: Served) -> None:
    with served.browser(ANA) as browser:
        for _ in range(2):
            assert browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION).json() == {"done": True}
        assert browsers(served) == 1
        browser.post("/push/unsubscribe", json={"endpoint": PUSH_SUBSCRIPTION["endpoint"]})
        assert browsers(served) == 0


def test_signing_out_unsubscribes_every_browser_of_the_person_and_nobody_elses(served: Served) -> None:
    with served.browser(BEN) as browser:
        browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION | {"endpoint": "https://web.push.apple.com/bens"})
    with served.browser(ANA) as browser:
        browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION)
        browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION | {"endpoint": "https://web.push.apple.com/anas"})
        assert browsers(served) == 2
        browser.post("/sign-out")
    assert (browsers(served), browsers(served, BEN)) == (0, 1)


def test_a_stranger_and_another_site_find_nothing(served: Served) -> None:
    with served.browser() as browser:
        assert browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION).status_code == 404
    with served.browser(ANA) as browser:
        foreign = {"origin": "https://evil.example"}
        assert browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION, headers=foreign).status_code == 404
    assert browsers(served) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "https://127.0.0.1/push"},
        {"endpoint": "http://fcm.googleapis.com/fcm/send/a"},
        {"endpoint": "https://evil.example/fcm.googleapis.com"},
        {"endpoint": None},
        {"p256dh": "A" * 87},
        {"auth": 1},
    ],
)
def test_what_our_server_must_not_post_to_is_refused_in_a_sentence(
    served: Served, changed: dict[str, object]
) -> None:
    with served.browser(ANA) as browser:
        answer = browser.post("/push/subscribe", json=PUSH_SUBSCRIPTION | changed)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert browsers(served) == 0


def test_a_large_body_is_not_read(served: Served) -> None:
    with served.browser(ANA) as browser:
        assert browser.post("/push/subscribe", content=b"x" * 20_000).status_code == 413


def test_a_worker_asks_for_the_public_half_of_the_key(served: Served) -> None:
    key = served.services.push_key
    assert key is not None
    assert httpx.get(f"{served.origin}/push/key").json() == {"public_key": key.public_text}
