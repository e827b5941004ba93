"""Versions side by side, as an administrator and as a client see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.charts.formatting import percent
from coachroom.comparisons.comparisons import NO_KEY
from coachroom.comparisons.states import Arm, ComparisonState
from coachroom.rooms.states import EndReason
from coachroom.ui.formatting import plain
from tests.comparisons.houses import NOW, PLAN, begin, comparing, draw_clients, put_sessions, try_versions
from tests.services import ANA as ANA_ID
from tests.services import HandClock, enter, store_of
from tests.simulator.serving import API_KEY, open_house
from tests.ui.pages import ADMIN, ANA, see, words

LOOK_UP = "Look up the branches at ElevenLabs"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with comparing(tmp_path, clock) as services:
        current.install(services)
        yield services


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def test_a_draft_is_planned_with_its_size_and_starts_only_when_it_was_tried(services: Services) -> None:
    app = see(ADMIN, "System.py")
    for label, text in (
        ("Title", PLAN.title),
        ("Branch of the standing version", PLAN.standing),
        ("Branch of the new version", PLAN.candidate),
    ):
        next(field for field in app.text_input if field.label == label).input(text)
    next(field for field in app.text_area if field.label.startswith("Why do you expect")).input(PLAN.why)
    press(app, "Keep as a draft")
    (draft,) = services.comparisons.all()
    assert (draft.state, draft.made_by) == (ComparisonState.DRAFT, ADMIN)
    assert "sessions, about" in words(app)
    assert next(button for button in app.button if button.label == "Start").disabled
    for branch in (PLAN.standing, PLAN.candidate):
        assert plain(f"run `python -m coachroom agent test --branch {branch}`.") in words(app)
    try_versions(services)
    app = see(ADMIN, "System.py")
    assert words(app).count("passed `agent test` on") == 2
    # No provider answers here, so neither version can be checked.
    press(app, "Start")
    assert "ElevenLabs" in "\n".join(error.value for error in app.error)
    assert services.comparisons.undecided() is None
    press(app, "Delete the draft")
    assert services.comparisons.all() == []


def test_branches_are_looked_up_and_chosen_by_name(tmp_path: Path, clock: HandClock) -> None:
    with (
        open_house(agent_ids=["agent"]) as practice,
        comparing(tmp_path, clock, ELEVENLABS_API_KEY=API_KEY, elevenlabs_url=practice.url) as services,
    ):
        current.install(services)
        app = press(see(ADMIN, "System.py"), LOOK_UP)
        standing, candidate = (field for field in app.selectbox if field.label.startswith("Branch of the"))
        assert standing.options == candidate.options == ["Main (practice-main)", "Next (practice-next)"]
        assert standing.value is None
        standing.select_index(0)
        candidate.select_index(1)
        next(field for field in app.text_input if field.label == "Title").input(PLAN.title)
        next(field for field in app.text_area if field.label.startswith("Why do you expect")).input(PLAN.why)
        press(app, "Keep as a draft")
        (draft,) = services.comparisons.all()
        assert (draft.standing, draft.candidate) == ("practice-main", "practice-next")
        assert plain("branch Next (practice-next)") in words(app)
        # So they are after a reload, and for another administrator.
        app = see(ADMIN, "System.py")
        assert plain("branch Next (practice-next)") in words(app)
        assert [field.label for field in app.selectbox if field.label.startswith("Branch of the")]


def test_where_the_branches_are_not_told_their_ids_are_typed(services: Services) -> None:
    app = press(see(ADMIN, "System.py"), LOOK_UP)
    assert "ElevenLabs" in "\n".join(error.value for error in app.error)
    typed = [field.label for field in app.text_input if field.label.startswith("Branch of the")]
    assert typed == ["Branch of the standing version", "Branch of the new version"]


def test_an_agent_with_one_branch_is_told_to_get_another(services: Services) -> None:
    services.branches.names = {"practice-main": "Main"}
    app = see(ADMIN, "System.py")
    assert "a comparison needs two" in words(app)
    assert "Branch of the new version" in [field.label for field in app.text_input]


def test_where_it_would_take_too_long_the_page_says_how_long(services: Services) -> None:
    with store_of(services).transaction() as transaction:
        transaction.execute("DELETE FROM session_facts WHERE client_no > 8")
    services.comparisons.add(PLAN, ADMIN)
    app = see(ADMIN, "System.py")
    assert "At your pace this would take" in words(app)
    assert next(button for button in app.button if button.label == "Start").disabled


def test_while_it_runs_counts_are_shown_and_no_difference(services: Services) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 100)
    put_sessions(services, "drawn", clients=100, each=1, at=NOW, rating="3 + c.number % 3")
    app = see(ADMIN, "System.py")
    assert "100 of 384 sessions." in words(app)
    table = next(frame.value for frame in app.dataframe if "Rated" in frame.value)
    assert list(table.columns) == ["Version", "Clients", "Sessions", "Rated", "Failed"]
    assert list(table["Rated"]) == [50, 50]
    assert "leave out the first 50 clients drawn" in words(app)
    assert "Failed counts every session that is over." in words(app)
    for telling in ("stars against", "95 %", "Suggestion", "not what was planned", "within 14 days"):
        assert telling not in words(app)
    next(field for field in app.text_area if field.label == "Why do you stop it?").input("A client complained.")
    press(app, "Stop it: all have the standing version")
    assert "Stopped by amira" in words(app)
    assert "tells no size of a difference" in words(app)


def test_at_the_end_the_interval_is_shown_and_a_person_decides_with_a_sentence(
    services: Services, clock: HandClock
) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 400)
    rating = "3 + (c.number >> 1) % 2 + (c.number + 1) % 2"
    put_sessions(services, "drawn", clients=400, each=1, at=NOW, rating=rating)
    clock.forward(timedelta(hours=1).total_seconds())
    services.comparisons.look()
    app = see(ADMIN, "System.py")
    assert (
        "The new version is rated +1.00 stars against the standing one; 95 % interval from +0.90 to +1.10."
        in words(app)
    )
    assert "Suggestion: the new version." in words(app)
    assert "not what was planned" in words(app)
    assert "Sessions followed by another within 14 days: not known yet." in words(app)
    whole = percent(1)
    completed = f"not left before their end: {whole} with the new version, {whole} with the standing one"
    assert f"{completed}; a difference cannot be told from them." in words(app)
    press(app, "Decide")
    assert services.comparisons.get(running.id).state is ComparisonState.FINISHED, "not without a sentence"
    app.radio(key=f"arm_{running.id}").set_value(Arm.CANDIDATE)
    next(field for field in app.text_area if field.label == "Why? One sentence.").input("It is liked better.")
    press(app, "Decide")
    assert f"Decided for the new version: {plain('It is liked better.')}" in words(app)


def test_without_a_key_the_page_says_what_is_missing(tmp_path: Path, clock: HandClock) -> None:
    with comparing(tmp_path, clock, ELEVENLABS_API_KEY=None) as services:
        current.install(services)
        assert NO_KEY.partition(":")[0] in words(see(ADMIN, "System.py"))


def test_a_client_says_no_on_profile_and_yes_again(services: Services) -> None:
    app = see(ANA, "Profile.py")
    box = app.checkbox(key="takes_part")
    assert box.value
    box.uncheck().run()
    assert services.comparisons.refuses(ANA_ID)
    app.checkbox(key="takes_part").check().run()
    assert not services.comparisons.refuses(ANA_ID)


def test_where_nothing_is_compared_neither_page_speaks_of_it(tmp_path: Path, clock: HandClock) -> None:
    with comparing(tmp_path, clock, comparisons=False) as services:
        current.install(services)
        assert "Versions side by side" not in words(see(ADMIN, "System.py"))
        assert "Versions of the AI coach" not in words(see(ANA, "Profile.py"))


def test_the_sessions_page_names_the_version_that_was_met(services: Services, clock: HandClock) -> None:
    begin(services)
    session = enter(services, ANA_ID)
    services.comparisons.branch_for_call(session)
    with store_of(services).transaction() as transaction:
        transaction.execute(
            """INSERT INTO agent_conversations (id, session_id, started_at, record, tries, branch_id)
               VALUES ('conv_1', $1, $2, 'complete', 1, $3)""",
            [session.id, NOW, PLAN.candidate],
        )
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    said = "Two versions of the AI coach were compared (“Shorter turns”): this was the new version."
    assert said in words(see(ANA, "Session.py", session=session.id))
