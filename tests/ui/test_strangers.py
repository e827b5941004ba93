"""A thousand clients, each with a mark in everything they ever said: nobody meets another one's mark, anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.agent.briefing import make
from coachroom.app import current
from coachroom.app.container import Services
from coachroom.metrics.definitions import DEFINITIONS, Definition
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.exports.header import header_for
from coachroom.metrics.exports.write import write_export
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import measure
from coachroom.people.demo import seed_demo_people
from tests.services import NOON, OIDC, HandClock, opened, store_of, writer_of
from tests.ui.crowd import fill
from tests.ui.pages import ADMIN, ANA, ANALYST, BEN, COACH, PAGES, alone, claims
from tests.ui.test_pages import everything

CLIENTS = 1_000
MARK = re.compile(r"mark\d{4}x")
OWN = {ANA: "mark0000x", BEN: "mark0001x"}
AS_OF = NOON + timedelta(days=60)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with opened(tmp_path_factory.mktemp("crowd"), HandClock(AS_OF), self_view="local", **OIDC) as services:
        seed_demo_people(writer_of(services), NOON)
        fill(services, CLIENTS, NOON)
        yield services


@pytest.fixture
def services(crowd: Services) -> Services:
    current.install(crowd)
    return crowd


def marks(text: str) -> set[str]:
    return set(MARK.findall(text))


def test_every_briefing_has_its_own_clients_mark_and_no_other(services: Services) -> None:
    clients = {0: "demo-ana", 1: "demo-ben"}
    for n in (0, 1, *range(2, CLIENTS, 5)):
        briefing = make(services.briefings._about(f"next-{n}", clients.get(n, f"client-{n}"), None))
        assert marks(briefing.long_form + str(briefing.variables)) == {f"mark{n:04d}x"}


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("who", [ANA, BEN])
def test_a_client_meets_only_their_own_words_on_every_page(who: str) -> None:
    number = {ANA: 0, BEN: 1}[who]
    met: set[str] = set()
    for page in PAGES:
        # With the other's addresses too: what is asked for is not what one may see.
        for session in (f"s{number}", f"s{1 - number}"):
            app = alone(page, claims(who), session=session)
            met |= marks(everything(app) + str(app.main))
    assert met == {OWN[who]}


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("who", [COACH, ANALYST, ADMIN])
def test_nobody_else_reads_what_a_client_said(who: str) -> None:
    for page in PAGES:
        app = alone(page, claims(who))
        read = everything(app) + str(app.main)
        # An administrator sees names (the mark alone is one here), and nobody sees a word of what was said.
        assert not re.search(r"(likes|fears|because of|reach|level|do|said|felt|fact|summary|try|told) mark", read), (
            page
        )
        if who != ADMIN:
            assert not marks(read), page


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
def test_no_export_has_anybodys_words(services: Services, metric: Definition, tmp_path: Path) -> None:
    parameters = Parameters(as_of=AS_OF)
    for format in (Format.CSV, Format.JSONL):
        target = tmp_path / f"{metric.id}.{format.value}"
        write_export(
            target, measure(store_of(services), metric.id, parameters), header_for(metric, parameters, AS_OF), format
        )
        for written in tmp_path.iterdir():
            text = written.read_text(encoding="utf-8")
            assert not marks(text)
            assert "demo-ana" not in text
