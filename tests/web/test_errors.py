"""Every error becomes the right status, in one place."""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest
from starlette.requests import Request

import coachroom
from coachroom.coaching.validation import InvalidInputError
from coachroom.elevenlabs.webhook import SignatureError
from coachroom.errors import (
    AgentUnavailableError,
    CoachroomError,
    RoomNotFoundError,
    SettingsError,
    StoreClosedError,
    StoreError,
)
from coachroom.recording.events import DeliveryError
from coachroom.web.errors import STATUS, json_error, json_or_error, page_error, status_of, text_error

EXPECTED = [
    (DeliveryError("x"), 400),
    (SignatureError("x"), 401),
    (RoomNotFoundError(), 404),
    (InvalidInputError("x"), 422),
    (SettingsError("x"), 500),
    (StoreError("x"), 503),
    (StoreClosedError("x"), 503),
    (AgentUnavailableError("x", cause="quota", retry_after=None), 503),
]


def every_error() -> Iterator[type[CoachroomError]]:
    for module in pkgutil.walk_packages(coachroom.__path__, "coachroom."):
        if not module.name.startswith(("coachroom.ui", "coachroom.asgi", "coachroom.__main__")):
            importlib.import_module(module.name)
    waiting = [CoachroomError]
    while waiting:
        waiting += (kind := waiting.pop()).__subclasses__()
        yield kind


@pytest.mark.parametrize(("error", "status"), EXPECTED, ids=lambda each: type(each).__name__)
def test_an_error_has_the_status_of_its_nearest_class(error: CoachroomError, status: int) -> None:
    assert status_of(error) == status
    assert json_error(error).status_code == text_error(error).status_code == status


def test_every_error_of_ours_has_a_status() -> None:
    kinds = set(every_error())
    assert len(kinds) > 20
    assert all(any(above in STATUS for above in kind.__mro__) for kind in kinds)
    assert set(STATUS) <= kinds


def test_the_sentence_is_the_answer_and_says_when_to_ask_again() -> None:
    answer = json_error(AgentUnavailableError("The coach is busy.", cause="busy", retry_after=4.6))
    assert json.loads(bytes(answer.body)) == {"error": "The coach is busy.", "retry_after": 4.6}
    assert answer.headers["retry-after"] == "5"
    never = json_error(AgentUnavailableError("Used up.", cause="quota", retry_after=None))
    assert json.loads(bytes(never.body))["retry_after"] is None
    assert "retry-after" not in never.headers
    assert text_error(StoreError("Full.")).headers["retry-after"] == "5"


def test_work_that_succeeds_is_json_and_what_is_no_error_of_ours_goes_on() -> None:
    assert json.loads(bytes(json_or_error(lambda: {"ack": 3}).body)) == {"ack": 3}

    def fails() -> dict[str, object]:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        json_or_error(fails)


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_what_a_database_says_is_for_no_visitor(accept: str) -> None:
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": [(b"accept", accept.encode())]})
    answer = asyncio.run(page_error(request, StoreError("PostgreSQL database room at 10.0.0.7 does not answer.")))
    assert answer.status_code == 503
    assert "10.0.0.7" not in bytes(answer.body).decode()
    assert "We cannot store or look up anything just now." in bytes(answer.body).decode()
    told = asyncio.run(page_error(request, InvalidInputError("Write a title.")))
    assert "Write a title." in bytes(told.body).decode()
