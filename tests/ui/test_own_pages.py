"""A client's own pages: goals and next steps, how they are coached, what is remembered, what a session came to."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.clock import day_there, short_date
from coachroom.coaching.actions import ActionStatus, end_of
from coachroom.coaching.approach import Pace, Tone
from coachroom.coaching.goals import GoalStatus, NewGoal
from coachroom.coaching.profiles import Profile
from coachroom.coaching.proposals import ProposalKind
from coachroom.coaching.stages import Stage, reach_stage
from coachroom.rooms.states import EndReason, Session
from tests import services as here
from tests.coaching.reported import heard, noted, remembered, suggested
from tests.services import NOON, HandClock, delivery, enter, said, status, store_of, writer_of
from tests.ui.pages import ANA, BEN, COACH, alone, buttons, claims, components, data, see, titles, words

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> ![x](http://evil.example/x.png) **bold** $x$ :red[y]"
OWN_PAGES = {"Goals.py": "Goals", "Profile.py": "How you are coached", "Memory.py": "What the coach remembers"}
LEVELS = {-1: "I answer when asked", 0: "I speak once", 1: "I bring a point"}


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def submit(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label and "FormSubmitter" in str(each.key)]
    button.click().run()
    assert not app.exception, app.exception
    return app


def field(kind: Sequence[Any], name: str) -> Any:
    """The field of the profile's form, whose keys end differently each time it is drawn anew."""
    (found,) = [each for each in kind if str(each.key).startswith(f"{name}_")]
    return found


def labels(app: AppTest) -> str:
    """What buttons, links, fields and folds are called."""
    named = [*app.button, *app.radio, *app.text_input, *app.text_area, *app.checkbox, *app.toggle, *app.expander]
    links = [link.proto.label for link in app.get("page_link")]
    return "\n".join([*(each.label for each in named), *links])


def over(services: Services, client: str = here.ANA) -> Session:
    """A session of the client's that is over, with something said in it."""
    session = enter(services, client)
    services.briefings.prepare(session.id, client)
    call = f"call-{session.id}"
    events = status(1, "connected", call=call), said(2, "I want to sleep.", conversation_id=call)
    services.intake.receive(session.id, delivery(*events, sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


# -- all of them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", OWN_PAGES)
@pytest.mark.usefixtures("services")
def test_a_page_with_nothing_on_it_says_what_it_is_for(page: str) -> None:
    app = see(BEN, page)
    assert titles(app) == [OWN_PAGES[page]]
    assert "Back to your home page" in labels(app)


@pytest.mark.parametrize("page", OWN_PAGES)
def test_only_clients_have_these_pages_and_each_only_their_own(services: Services, page: str) -> None:
    session = over(services)
    services.coaching.goals.add(here.ANA, NewGoal("Ana's goal", levels={0: "Ana's level"}))
    services.coaching.actions.add(here.ANA, "Ana's step")
    services.coaching.memory.write(here.ANA, "Ana's secret")
    services.coaching.profiles.save(Profile(here.ANA, "", challenges="Ana's challenge", wishes="Ana's wish"))
    heard(services, ProposalKind.ACTION, session=session.id, title="Ana's note")
    services.briefings.prepare(session.id, here.ANA)
    assert "Ana's" in everything(see(ANA, page))
    for app in (see(BEN, page), see(None, page), alone(page, claims(COACH))):
        assert not app.exception
        assert "Ana's" not in everything(app)
    assert titles(see(BEN, page)) == [OWN_PAGES[page]]
    assert titles(alone(page, claims(COACH))) == ["This page is not for your role"]


def everything(app: AppTest) -> str:
    fields = [str(each.value) for each in (*app.text_input, *app.text_area)]
    codes = [each.value for each in app.get("code")]
    return "\n".join([words(app), labels(app), *fields, *codes])


@pytest.mark.parametrize("page", [*OWN_PAGES, "Session.py", None])
def test_whatever_was_written_is_shown_as_text(services: Services, page: str | None) -> None:
    session = over(services)
    goal_id = services.coaching.goals.add(here.ANA, NewGoal(HOSTILE, levels={-1: HOSTILE, 0: HOSTILE}))
    for score in (0, -1):
        services.coaching.goals.check_in(here.ANA, goal_id, score, HOSTILE)
    closed = services.coaching.goals.add(here.ANA, NewGoal(f"{HOSTILE} closed"))
    services.coaching.goals.close(here.ANA, closed, GoalStatus.DROPPED)
    services.coaching.actions.add(here.ANA, HOSTILE, goal_id=goal_id)
    dropped = services.coaching.actions.add(here.ANA, HOSTILE)
    services.coaching.actions.drop(here.ANA, dropped, HOSTILE)
    services.coaching.memory.write(here.ANA, HOSTILE)
    services.coaching.profiles.save(Profile(here.ANA, "", called="![x](y)", wishes=HOSTILE, challenges=HOSTILE))
    suggested(services, ProposalKind.TAILORING, {"field": "tone", "value": "direct", "why": HOSTILE})
    for put in (heard, noted):
        put(services, ProposalKind.GOAL, session=session.id, title=f"{HOSTILE} {put.__name__}")
        put(services, ProposalKind.ACTION, session=session.id, title=f"{HOSTILE} {put.__name__}")
        put(services, ProposalKind.PROGRESS, session=session.id, goal_id=goal_id, score=1, note=HOSTILE)
        put(
            services, ProposalKind.MEMORY, session=session.id, text=f"{HOSTILE} {put.__name__}", turns=(put.__name__,)
        )
    app = see(ANA, page, **({"session": session.id} if page == "Session.py" else {}))
    kinds = (app.markdown, app.caption, app.header, app.title, app.info, app.error)
    marked_up = [str(each.value) for kind in kinds for each in kind]
    marked_up += [option for radio in app.radio for option in radio.options]
    marked_up += [link.proto.label for link in app.get("page_link")]
    for text in marked_up:
        unescaped = re.sub(r"\\.", "", text)
        for mark in ("<script", "![x]", "**bold**", "$x$", ":red["):
            assert mark not in unescaped
    assert not any(markdown.allow_html for markdown in app.markdown)


@pytest.mark.parametrize("page", [*OWN_PAGES, "Session.py", None])
def test_no_page_speaks_of_its_machinery(services: Services, page: str | None) -> None:
    session = over(services)
    services.coaching.goals.add(here.ANA, NewGoal("Sleep"))
    heard(services, ProposalKind.GOAL, session=session.id, title="Speak up")
    noted(services, ProposalKind.ACTION, session=session.id, title="Walk")
    app = see(ANA, page, **({"session": session.id} if page == "Session.py" else {}))
    shown = (words(app) + labels(app)).lower()
    for word in ("agent", "proposal", "ledger", "provider", "tailoring"):
        assert word not in shown


# -- goals and next steps ------------------------------------------------------------------------------


def test_a_goal_is_added_in_the_clients_own_words(services: Services) -> None:
    app = see(ANA, "Goals.py")
    app.text_input(key="title_new_0").input("Speak up")
    app.radio(key="importance_new_0").set_value(3)
    app.text_input(key="level_0_new_0").input("I speak once")
    submit(app, "Add this goal")
    (goal,) = services.coaching.goals.list_for(here.ANA)
    assert (goal.title, goal.importance, goal.difficulty, goal.levels) == ("Speak up", 3, 2, {0: "I speak once"})
    assert "Speak up" in [each.value for each in app.subheader]
    assert app.text_input(key="title_new_1").value == "", "the form is ready for the next one"
    assert app.text_input(key="level_0_new_1").value == ""


def test_what_cannot_be_kept_is_said_and_stays_typed(services: Services) -> None:
    app = see(ANA, "Goals.py")
    app.text_input(key="level_0_new_0").input("I speak once")
    submit(app, "Add this goal")
    assert [each.value for each in app.error] == ["The goal is empty\\: write at least a word\\."]
    assert app.text_input(key="level_0_new_0").value == "I speak once"
    assert services.coaching.goals.list_for(here.ANA) == []
    app.run()
    assert not app.error, "it is said once"


def test_a_goal_is_changed_closed_and_taken_up_again(services: Services) -> None:
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up", levels=LEVELS))
    app = see(ANA, "Goals.py")
    app.text_input(key=f"title_{goal_id}").input("Speak")
    app.text_input(key=f"level_1_{goal_id}").input("")
    submit(app, "Save")
    (goal,) = services.coaching.goals.list_for(here.ANA)
    assert (goal.title, sorted(goal.levels)) == ("Speak", [-1, 0])
    press(app, f"reached_{goal_id}")
    assert services.coaching.goals.list_for(here.ANA)[0].status is GoalStatus.REACHED
    assert "(reached)" in words(app)
    press(app, f"active_{goal_id}")
    assert services.coaching.goals.list_for(here.ANA)[0].status is GoalStatus.ACTIVE
    press(app, f"dropped_{goal_id}")
    assert services.coaching.goals.list_for(here.ANA)[0].status is GoalStatus.DROPPED


def test_where_the_client_stands_is_asked_in_their_words_and_drawn_over_time(
    services: Services, clock: HandClock
) -> None:
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up", levels=LEVELS))
    app = see(ANA, "Goals.py")
    assert "You have not said yet where you stand. You hope for: “I speak once”." in words(app)
    assert app.radio(key=f"score_{goal_id}_0").options == [
        "+2: much more than hoped", "+1: I bring a point", "0: I speak once", "−1: I answer when asked",
        "−2: much less than hoped",
    ]  # fmt: skip
    for score, note in ((-1, "first week"), (1, "")):
        clock.forward(86_400)
        app = see(ANA, "Goals.py")
        app.radio(key=f"score_{goal_id}_0").set_value(score)
        app.text_input(key=f"note_{goal_id}_0").input(note)
        submit(app, "Save where I stand")
    assert [(each.score, each.note) for each in services.coaching.goals.check_ins(here.ANA)] == [
        (-1, "first week"), (1, None)
    ]  # fmt: skip
    said_of_it = "2 check-ins, from −1 on 2 May 2026 to +1, I bring a point, on 3 May 2026."
    (chart,) = app.get("vega_lite_chart")
    assert chart.proto.alt == said_of_it
    app.segmented_control(key=f"as_{goal_id}").set_value("Table").run()
    assert not app.get("vega_lite_chart")
    (table,) = app.dataframe
    assert list(table.value["meaning"]) == ["I bring a point", "I answer when asked"]


def test_nobody_stands_anywhere_without_saying_so(services: Services) -> None:
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up"))
    app = see(ANA, "Goals.py")
    assert app.radio(key=f"score_{goal_id}_0").value is None
    submit(app, "Save where I stand")
    assert "whole number" in app.error[0].value
    assert services.coaching.goals.check_ins(here.ANA) == []


def test_a_step_is_added_with_its_day_and_goal(services: Services) -> None:
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up"))
    app = see(ANA, "Goals.py")
    app.text_input(key="action_title_0").input("Ask Tom")
    app.text_input(key="action_due_0").input("Tomorrow")
    app.selectbox(key="action_goal_0").set_value(goal_id)
    submit(app, "Add this next step")
    (action,) = services.coaching.actions.list_for(here.ANA)
    assert (action.title, action.due_at, action.goal_id) == ("Ask Tom", end_of(date(2026, 5, 2)), goal_id)
    assert [each.value for each in app.toast] == ["Your next step is here\\, by 2 May 2026\\."]
    assert app.text_input(key="action_title_1").value == app.text_input(key="action_due_1").value == ""


@pytest.mark.parametrize(
    ("due", "said"),
    [("31 February", "is not a day we can read"), ("2026-04-30", "is over"), ("2099-01-01", "more than ten years")],
)
def test_a_day_that_cannot_be_taken_stops_the_form(services: Services, due: str, said: str) -> None:
    app = see(ANA, "Goals.py")
    app.text_input(key="action_title_0").input("Ask Tom")
    app.text_input(key="action_due_0").input(due)
    submit(app, "Add this next step")
    assert said in app.error[0].value
    assert services.coaching.actions.list_for(here.ANA) == []
    typed = [app.text_input(key=f"action_{name}_0").value for name in ("title", "due")]
    assert typed == ["Ask Tom", due], "what was typed stays to be mended"


@pytest.mark.parametrize(("zone", "hour_utc"), [("America/Los_Angeles", 4), ("Pacific/Auckland", 10)])
def test_days_are_those_of_the_clients_browser(
    services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch, zone: str, hour_utc: int
) -> None:
    # In the evening: on 30 April in Los Angeles, on 1 May in Auckland.
    monkeypatch.setattr(type(st.context), "timezone", zone)
    clock.now = NOON.replace(hour=hour_utc)
    today = day_there(clock.now, ZoneInfo(zone))
    app = see(ANA, "Goals.py")
    app.text_input(key="action_title_0").input("Walk")
    app.text_input(key="action_due_0").input("today")
    submit(app, "Add this next step")
    assert f"by {short_date(today)}" in words(app)
    assert f"**Walk**, by {short_date(today)}" in words(see(ANA))
    press(app, f"done_{services.coaching.actions.list_for(here.ANA)[0].id}")
    assert f"Walk (done on {short_date(today)})" in words(app), "and not late"
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up"))
    services.coaching.goals.check_in(here.ANA, goal_id, 1)
    assert f"Said on {short_date(today)}." in words(see(ANA, "Goals.py"))
    assert services.coaching.profiles.zone(here.ANA).key == zone
    app.text_input(key="action_title_1").input("Read")
    app.text_input(key="action_due_1").input((today - timedelta(days=1)).isoformat())
    submit(app, "Add this next step")
    assert f"{today - timedelta(days=1)} is over: choose a day from {today} on" in app.error[0].value.replace(
        "\\", ""
    )


def test_a_step_is_done_dropped_with_a_reason_or_opened_again(services: Services, clock: HandClock) -> None:
    ids = [services.coaching.actions.add(here.ANA, name, due_on=NOON.date()) for name in ("Ask Tom", "Walk")]
    clock.forward(2 * 86_400)
    app = see(ANA, "Goals.py")
    assert words(app).count("was due on 1 May 2026") == 2
    assert sum("Late" in str(each.value) for each in app.markdown) == 2
    press(app, f"done_{ids[0]}")
    app.text_input(key=f"why_{ids[1]}").input("It rains")
    submit(app, "Drop this next step")
    assert "Ask Tom (done on 3 May 2026, late)" in words(app)
    assert "Walk (dropped: “It rains”)" in words(app)
    assert [app.button(key=f"done_{each}").disabled for each in ids] == [True, True], "each keeps its place"
    assert "No next step is open." in words(see(ANA, "Goals.py"))
    press(app, f"reopen_{ids[1]}")
    assert services.coaching.actions.list_for(here.ANA)[0].status is ActionStatus.OPEN


def test_what_waits_is_taken_in_other_words_or_declined(services: Services) -> None:
    goal_note = heard(services, ProposalKind.GOAL, title="Sleep")
    step_note = heard(services, ProposalKind.ACTION, title="Walk", due_at="2026-05-04T23:59:59Z")
    other = heard(services, ProposalKind.ACTION, title="Run")
    wish = suggested(
        services, ProposalKind.TAILORING, {"field": "tone", "value": "gentle", "why": "You had a hard week"}
    )
    app = see(ANA, "Goals.py")
    assert "**Your human coach suggests:** the coach is gentle with you (“You had a hard week”)" in words(app)
    app.text_input(key=f"words_{goal_note}").input("Sleep seven hours")
    press(app, f"yes_{goal_note}")
    assert [goal.title for goal in services.coaching.goals.list_for(here.ANA)] == ["Sleep seven hours"]
    assert "Sleep seven hours" in [each.value for each in app.subheader], "it shows at once"
    assert app.text_input(key=f"due_{step_note}").value == "4 May 2026"
    app.text_input(key=f"due_{step_note}").input("soon")
    press(app, f"yes_{step_note}")
    assert "not a day we can read" in app.error[0].value
    app.text_input(key=f"due_{step_note}").input("9 May")
    press(app, f"yes_{step_note}")
    press(app, f"no_{other}")
    press(app, f"yes_{wish}")
    (action,) = services.coaching.actions.list_for(here.ANA)
    assert (action.title, action.due_at) == ("Walk", end_of(date(2026, 5, 9)))
    assert services.coaching.profiles.get(here.ANA).tone is Tone.GENTLE
    assert app.button(key=f"yes_{other}").disabled, "what was answered keeps its place"
    assert "Waiting for your word" not in [each.value for each in see(ANA, "Goals.py").header]


def test_what_was_answered_in_another_window_is_said(services: Services) -> None:
    note = heard(services, ProposalKind.ACTION, title="Walk")
    app = see(ANA, "Goals.py")
    services.coaching.proposals.accept(here.ANA, note)
    press(app, f"yes_{note}")
    assert "answered this already" in app.error[0].value
    assert len(services.coaching.actions.list_for(here.ANA)) == 1


# -- how they are coached ------------------------------------------------------------------------------


def test_wishes_are_saved_as_they_stand(services: Services) -> None:
    app = see(ANA, "Profile.py")
    field(app.text_input, "called").input("Annie")
    field(app.radio, "tone").set_value(Tone.DIRECT)
    field(app.radio, "pace").set_value(Pace.EXPLORING)
    field(app.text_area, "wishes").input("One question at a time")
    services.coaching.profiles.switch_memory(here.ANA, False)
    submit(app, "Save")
    assert services.coaching.profiles.get(here.ANA) == Profile(
        here.ANA, "Ana Silva", "Annie", Tone.DIRECT, Pace.EXPLORING, None, "One question at a time",
        remembers=False, saved=True,
    )  # fmt: skip
    again = see(ANA, "Profile.py")
    assert field(again.text_input, "called").value == "Annie"
    assert field(again.radio, "tone").value == Tone.DIRECT


@pytest.fixture
def multilingual(services: Services) -> Services:
    """The agent speaks German and Spanish as well."""
    file = replace(services.agent_file, further_languages={"de": "Hallo", "es": "Hola"})
    changed = replace(services, agent_file=file)
    current.install(changed)
    return changed


def test_a_client_chooses_from_the_agents_languages_by_name(multilingual: Services) -> None:
    languages = field(see(ANA, "Profile.py").radio, "language")
    assert (languages.options, languages.value) == (["English", "Deutsch", "Español"], None)
    app = see(ANA, "Profile.py")
    field(app.radio, "language").set_value("Deutsch")
    submit(app, "Save")
    assert multilingual.coaching.profiles.get(here.ANA).language == "Deutsch"
    assert field(see(ANA, "Profile.py").radio, "language").value == "Deutsch"


@pytest.mark.parametrize(
    ("stored", "shown", "options"),
    [
        ("German", "Deutsch", ["English", "Deutsch", "Español"]),
        ("english", None, ["English", "Deutsch", "Español"]),
        ("Schwyzerdütsch", "Schwyzerdütsch", ["English", "Deutsch", "Español", "Schwyzerdütsch"]),
    ],
)
def test_what_a_client_wrote_before_there_was_a_choice_stays(
    multilingual: Services, stored: str, shown: str | None, options: list[str]
) -> None:
    multilingual.coaching.profiles.save(Profile(here.ANA, "", language=stored))
    languages = field(see(ANA, "Profile.py").radio, "language")
    assert (languages.value, languages.options) == (shown, options)


@pytest.mark.parametrize(
    ("chosen", "asked"), [("Deutsch", "de"), ("german", "de"), ("English", None), ("Italiano", None), (None, None)]
)
def test_a_call_asks_for_a_further_language_only(
    multilingual: Services, chosen: str | None, asked: str | None
) -> None:
    multilingual.coaching.profiles.save(Profile(here.ANA, "", language=chosen))
    multilingual.rooms.give_consent(here.ANA)
    room = multilingual.rooms.create(here.ANA)
    multilingual.rooms.enter(room.id, here.ANA)
    assert data(see(ANA, "Room.py", room=room.id), "agent_box")["language"] == asked


@pytest.mark.usefixtures("services")
def test_where_the_agent_speaks_one_language_there_is_nothing_to_choose() -> None:
    assert "In which language?" not in labels(see(ANA, "Profile.py"))


def test_the_first_session_begins_with_the_membership_answers_and_says_so(services: Services) -> None:
    answers = json.dumps({"What do you want?": "To sleep"})
    store_of(services).execute("UPDATE members SET answers = $1 WHERE email = $2", [answers, ANA])
    app = see(ANA, "Profile.py")
    assert "when you joined the community" in words(app)
    assert field(app.text_area, "challenges").value == "What do you want? To sleep"
    field(app.text_area, "challenges").input("")
    submit(app, "Save")
    assert "when you joined" not in words(app)
    assert field(see(ANA, "Profile.py").text_area, "challenges").value == ""
    assert "when you joined" not in words(see(BEN, "Profile.py"))


def test_a_human_coachs_suggestion_stands_beside_the_wishes(services: Services) -> None:
    wish = suggested(services, ProposalKind.TAILORING, {"field": "pace", "value": "short"})
    heard(services, ProposalKind.GOAL, title="Sleep")
    app = see(ANA, "Profile.py")
    assert [each.label for each in app.button if each.label in {"Yes", "No"}] == ["Yes", "No"]
    press(app, f"yes_{wish}")
    assert field(app.radio, "pace").value == Pace.SHORT


# -- what is remembered --------------------------------------------------------------------------------


def test_memories_are_read_changed_and_forgotten(services: Services) -> None:
    session = over(services)
    remembered(services, "I have a dog", session=session.id, memory_id="dog")
    remembered(services, "The dog is old", session=session.id)
    app = see(ANA, "Memory.py")
    assert {"You have a dog.", "The dog is old."} <= {each.value for each in app.text}
    assert "heard in a session, afterwards" in words(app)
    assert labels(app).count("From your session of 1 May 2026, 12:00") == 2
    app.text_area(key="text_dog").input("I have two dogs")
    app.button(key="FormSubmitter:edit_dog-Save").click().run()
    assert "I have two dogs" in [each.value for each in app.text]
    assert "changed by you" in words(app)
    press(app, "forget_dog")
    assert services.coaching.memory.list_for(here.ANA) == []
    assert [each.value for each in app.toast] == [
        "Forgotten\\. 1 other thing is based on the same words and went too\\."
    ]
    assert "Nothing is remembered." in words(see(ANA, "Memory.py"))


def test_what_was_forgotten_keeps_its_place_and_can_be_taken_back_for_ten_seconds(
    services: Services, clock: HandClock
) -> None:
    for name in ("dog", "cat", "bird"):
        remembered(services, f"I have a {name}", memory_id=name, turns=(name,))
        clock.forward(1)
    app = see(ANA, "Memory.py")
    cards = [each.value for each in app.text]
    press(app, "forget_cat")
    assert [each.value for each in app.text] == cards, "nothing moves under the pointer"
    clock.forward(9)
    press(app, "unforget_cat")
    assert len(services.coaching.memory.list_for(here.ANA)) == 3
    press(app, "forget_cat")
    clock.forward(10)
    app.run()
    assert app.button(key="unforget_cat").disabled
    assert "cat" not in everything(app)
    assert [each.value for each in app.text if "You" in each.value] == [cards[0], cards[2]]
    assert "Forgotten for good." in words(app)
    assert [each.value for each in see(ANA, "Memory.py").text] == [cards[0], cards[2]]


def test_the_client_adds_to_it_and_forgets_everything_after_a_second_thought(services: Services) -> None:
    app = see(ANA, "Memory.py")
    app.text_area(key="memory_text_0").input("I have a dog")
    submit(app, "Remember this")
    assert [memory.text for memory in services.coaching.memory.list_for(here.ANA)] == ["I have a dog"]
    assert app.text_area(key="memory_text_1").value == ""
    assert app.button(key="forget_all").disabled
    app.checkbox(key="forget_sure").check().run()
    press(app, "forget_all")
    assert services.coaching.memory.list_for(here.ANA) == []
    services.coaching.memory.write(here.ANA, "Again")
    assert app.run().button(key="forget_all").disabled, "the next time it is asked again"


def test_memory_is_switched_off_and_on(services: Services) -> None:
    services.coaching.memory.write(here.ANA, "I have a dog")
    app = see(ANA, "Memory.py")
    app.toggle(key="remembers").set_value(False).run()
    assert not services.coaching.profiles.get(here.ANA).remembers
    assert "Memory is off" in words(app)
    assert "I have a dog" in [each.value for each in app.text], "what is there can still be read and forgotten"
    assert "Add something" not in labels(app)
    app.toggle(key="remembers").set_value(True).run()
    assert services.coaching.profiles.get(here.ANA).remembers


def test_a_long_list_is_shown_a_page_at_a_time(services: Services) -> None:
    for n in range(25):
        services.coaching.memory.write(here.ANA, f"Fact {n}")
    app = see(ANA, "Memory.py")
    assert sum(each.value.startswith("Fact") for each in app.text) == 20


def test_the_client_reads_what_the_coach_was_told_word_for_word(services: Services) -> None:
    assert "Nothing yet." in words(see(ANA, "Memory.py"))
    services.coaching.goals.add(here.ANA, NewGoal(HOSTILE))
    session = over(services)
    used = services.briefings.of_session(session.id)
    assert used is not None
    for app in (see(ANA, "Memory.py"), see(ANA, "Session.py", session=session.id)):
        codes = [each.value for each in app.get("code")]
        assert used.long_form in codes
        assert f"client_name: {used.variables['client_name']}" in codes[0]
    assert not see(BEN, "Memory.py").get("code")


# -- home and the session's page -----------------------------------------------------------------------


def test_a_newcomers_home_says_what_will_happen_and_asks_one_question(services: Services) -> None:
    app = see(BEN)
    assert "This is what happens" in words(app)
    assert "create_room" in components(app)
    assert [each.label for each in app.text_input] == [
        "What would you like to be different in a few weeks? (optional)"
    ]
    assert "Your goals and next steps" not in labels(app), "no list is empty"
    app.text_input(key="answer_0").input("I speak *up*")
    submit(app, "Tell the coach")
    assert [goal.title for goal in services.coaching.goals.list_for(here.BEN)] == ["I speak *up*"]
    assert "“I speak \\*up\\*”" in words(app)
    assert not app.text_input
    over(services, here.BEN)
    assert "This is what happens" not in words(see(BEN))
    assert "Your goals and next steps" in labels(see(BEN))


def test_one_sentence_is_a_goal(services: Services) -> None:
    app = see(ANA, "Goals.py")
    (more, *_) = [each for each in app.expander if each.label == "Say more about it, if you like"]
    assert not more.proto.expanded
    app.text_input(key="title_new_0").input("Sleep")
    submit(app, "Add this goal")
    (goal,) = services.coaching.goals.list_for(here.ANA)
    assert (goal.title, goal.importance, goal.difficulty, goal.levels) == ("Sleep", 2, 2, {})


def test_home_names_the_next_step_and_what_waits(services: Services, clock: HandClock) -> None:
    services.coaching.actions.add(here.ANA, "Later")
    services.coaching.actions.add(here.ANA, "Ask Tom", due_on=NOON.date())
    done = services.coaching.actions.add(here.ANA, "Gone", due_on=NOON.date())
    services.coaching.actions.done(here.ANA, done)
    heard(services, ProposalKind.GOAL, title="Sleep")
    app = see(ANA)
    assert "**Ask Tom**, by 1 May 2026" in words(app)
    assert "Later" not in words(app), "one step at a time"
    assert "1 thing waits for your word" in labels(app)
    clock.forward(86_400)
    assert "**Later**" in words(see(ANA)), "what is late no longer comes next"
    store_of(services).execute("DELETE FROM actions WHERE title = 'Later'")
    assert "**Ask Tom**, was due on 1 May 2026" in words(see(ANA)), "unless there is nothing else"
    bens = see(BEN)
    assert "Your next step" not in words(bens)
    assert "for your word" not in labels(bens)


def test_a_sessions_page_shows_what_came_of_it(services: Services) -> None:
    goal_id = services.coaching.goals.add(here.ANA, NewGoal("Speak up"))
    session = enter(services)
    for stage in (Stage.GOAL, Stage.WILL):
        writer_of(services).submit(lambda at, stage=stage: reach_stage(at, session.id, stage, NOON)).result()
    step = noted(services, ProposalKind.ACTION, session=session.id, title="Walk", due_at="2026-05-04T23:59:59Z")
    noted(services, ProposalKind.PROGRESS, session=session.id, goal_id=goal_id, score=1, note="Twice")
    noted(services, ProposalKind.MEMORY, session=session.id, text="I have a dog")
    waits = heard(services, ProposalKind.ACTION, session=session.id, title="Run")
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    text = words(app)
    assert "**Next step:** “Walk”, by 4 May 2026" in text
    assert "**Progress:** “Speak up”, now at +1, a little more than hoped (“Twice”)" in text
    assert "**Remembered:** “You have a dog\\.”" in text
    assert "**✓ Goal** → Where you are → Options → **✓ Next step**" in text
    press(app, f"undo_{step}")
    assert services.coaching.actions.list_for(here.ANA) == []
    assert "~~**Next step:** “Walk”, by 4 May 2026~~" in words(app), "it keeps its place until the page is left"
    assert app.button(key=f"undo_{step}").disabled
    assert "Walk" not in words(see(ANA, "Session.py", session=session.id))
    app.text_input(key=f"words_{waits}").input("Run on Monday")
    press(app, f"yes_{waits}")
    assert [action.title for action in services.coaching.actions.list_for(here.ANA)] == ["Run on Monday"]
    assert "**Next step:** “Run on Monday”" in words(app), "what was accepted stands among what was noted"


def test_a_session_has_a_title_and_a_summary_whose_sources_open(services: Services) -> None:
    session = over(services)
    (turn,) = services.intake.turns(session.id)
    noted(services, ProposalKind.GOAL, session=session.id, title="I want to sleep", turns=(turn.id,))
    app = see(ANA, "Session.py", session=session.id)
    assert "You set a goal\\: “I want to sleep”\\." in words(app)
    assert "Sleep" in [each.value for each in app.header]
    assert [each.value for each in app.text].count("I want to sleep.") == 2, "in the source and in the transcript"
    app.text_input(key=f"session_title_{session.id}").input("A <b>good</b> night")
    app.button(key=f"FormSubmitter:title_form_{session.id}-Save").click().run()
    assert "A \\<b\\>good\\<\\/b\\> night" in [each.value for each in app.header]
    assert "A \\<b\\>good\\<\\/b\\> night" in labels(see(ANA))
    assert "A \\<b" not in labels(see(BEN))


def test_the_summary_is_shared_only_when_the_client_says_so(services: Services) -> None:
    session = over(services)
    noted(services, ProposalKind.GOAL, session=session.id, title="Sleep", turns=("t",))
    app = see(ANA, "Session.py", session=session.id)
    assert not app.toggle(key=f"share_{session.id}").value, "off by default"
    assert services.coaching.summaries.shared_by(here.ANA) == []
    app.toggle(key=f"share_{session.id}").set_value(True).run()
    assert len(services.coaching.summaries.shared_by(here.ANA)) == 1
    noted(services, ProposalKind.ACTION, session=session.id, title="Walk", turns=("t2",))
    assert "1 sentence came since you shared it" in words(see(ANA, "Session.py", session=session.id))
    app.toggle(key=f"share_{session.id}").set_value(False).run()
    assert services.coaching.summaries.shared_by(here.ANA) == []


def test_a_session_in_which_nothing_was_noted_says_nothing_of_it(services: Services) -> None:
    app = see(ANA, "Session.py", session=over(services).id)
    assert not {"Noted", "Also heard"} & {each.value for each in app.header}
    assert "stages" not in words(app)


def test_what_was_noted_in_anothers_session_is_not_shown(services: Services) -> None:
    session = over(services)
    noted(services, ProposalKind.MEMORY, session=session.id, text="Ana's secret")
    heard(services, ProposalKind.ACTION, session=session.id, title="Ana's step")
    app = see(BEN, "Session.py", session=session.id)
    assert "Ana's" not in everything(app)
    assert buttons(app) == []
