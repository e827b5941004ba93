"""How the coach works: asked, tried once, kept or not, on the client's pages and on their coach's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.coaching.approach import ApproachField, ChoiceSource, Lead, Opening, Pace, Tone
from coachroom.coaching.asking import Difference
from coachroom.rooms.feedback import Feedback
from coachroom.rooms.states import EndReason, Session
from coachroom.ui.approach import AS_IT_IS
from coachroom.ui.dashboard.client_approach import NO_NUMBERS
from tests import services as here
from tests.services import NOON, delivery, enter, said, status
from tests.ui.pages import ANA, COACH, buttons, see, words

QUESTION = "How should the coach work with you next time?"


def talk(services: Services) -> Session:
    """A session that is over, with a briefing and a word of the client's."""
    services.clock.forward(60)  # type: ignore[attr-defined]
    session = enter(services, here.ANA)
    services.briefings.prepare(session.id, here.ANA)
    call = f"call-{session.id}"
    events = status(1, "connected", call=call), said(2, "I want to sleep.", conversation_id=call)
    services.intake.receive(session.id, delivery(*events, sent_at=NOON))
    services.clock.forward(120)  # type: ignore[attr-defined]
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def asked(app: AppTest) -> list[str]:
    return [each.label for each in app.get("button_group")]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_after_the_first_session_home_asks_and_what_is_chosen_is_tried_once(services: Services) -> None:
    session = talk(services)
    app = see(ANA)
    assert asked(app) == [QUESTION]
    assert app.get_by_key(f"offer_{session.id}").options[0] == AS_IT_IS
    app.get_by_key(f"offer_{session.id}").set_value(Pace.SHORT).run()
    assert asked(app) == []
    assert "In your next session you try this: the coach keeps its answers short." in words(app)
    talk(services)
    again = see(ANA)
    assert "You tried this in your last session: the coach keeps its answers short." in words(again)
    press(again, "keep_trial")
    assert services.coaching.profiles.get(here.ANA).pace is Pace.SHORT
    assert asked(see(ANA)) == []


def test_home_asks_after_few_sessions_only_and_no_more_once_answered(services: Services) -> None:
    found = []
    for _ in range(4):
        session = talk(services)
        app = see(ANA)
        found.append(bool(asked(app)))
        if asked(app):
            app.get_by_key(f"offer_{session.id}").set_value(AS_IT_IS).run()
            assert asked(see(ANA)) == []
    assert found == [True, False, True, False]


def test_who_does_not_want_to_be_asked_is_not_asked_and_can_change_that(services: Services) -> None:
    talk(services)
    press(see(ANA), "ask_no_more")
    assert asked(see(ANA)) == []
    profile = see(ANA, "Profile.py")
    assert not profile.checkbox(key="ask_me").value
    profile.checkbox(key="ask_me").check().run()
    assert asked(see(ANA)) == [QUESTION]


@pytest.mark.parametrize(("rating", "asks"), [(2, True), (3, True), (4, False), (None, False)])
def test_after_a_low_rating_the_session_page_asks_what_should_be_different(
    services: Services, rating: int | None, asks: bool
) -> None:
    session = talk(services)
    services.feedback.send(session, Feedback(rating, "Words"))
    assert ("What should be different next time?" in asked(see(ANA, "Session.py", session=session.id))) is asks


def test_what_should_be_different_is_tried_next_time_and_dropped_without_a_word(services: Services) -> None:
    session = talk(services)
    services.feedback.send(session, Feedback(2))
    app = see(ANA, "Session.py", session=session.id)
    app.get_by_key(f"difference_{session.id}").set_value(Difference.BEGIN_WITH_MINE).run()
    trial = services.coaching.approaches.standing(here.ANA).trial
    assert trial is not None
    assert (trial.value, trial.source, trial.session_id) == (Opening.OPEN, ChoiceSource.AFTER_SESSION, session.id)
    assert asked(see(ANA, "Session.py", session=session.id)) == []
    talk(services)
    press(see(ANA), "drop_trial")
    profile = see(ANA, "Profile.py")
    assert "Begin with what I bring, chosen after a session: not kept" in words(profile)
    assert services.coaching.profiles.get(here.ANA).opening is None


def test_something_else_is_said_in_ones_own_words(services: Services) -> None:
    profiles = services.coaching.profiles
    profiles.save(replace(profiles.get(here.ANA), wishes="No small talk"))
    session = talk(services)
    services.feedback.send(session, Feedback(1))
    app = see(ANA, "Session.py", session=session.id)
    app.get_by_key(f"difference_{session.id}").set_value(Difference.SOMETHING_ELSE).run()
    app.text_input(key="wish").input("Ask me about my dog").run()
    press(app, "tell_wish")
    assert profiles.get(here.ANA).wishes == "No small talk\nAsk me about my dog"
    assert "What should be different next time?" not in asked(see(ANA, "Session.py", session=session.id))


def test_the_lobby_asks_before_the_first_session_and_entering_skips_it(services: Services) -> None:
    services.rooms.give_consent(here.ANA)
    room = services.rooms.create(here.ANA)
    app = see(ANA, "Room.py", room=room.id)
    assert asked(app) == ["How should the coach work with you? (optional)"]
    app.get_by_key("offer_before").set_value(Tone.GENTLE).run()
    session = services.rooms.enter(room.id, here.ANA)
    told = services.briefings.prepare(session.id, here.ANA).long_form
    assert "Wants: gentle words (for this session, at the client's wish)" in told


def test_who_had_a_session_is_not_asked_in_the_lobby(services: Services) -> None:
    talk(services)
    room = services.rooms.create(here.ANA)
    assert asked(see(ANA, "Room.py", room=room.id)) == []


def test_each_choice_is_told_with_its_day_and_can_be_stopped(services: Services) -> None:
    profiles = services.coaching.profiles
    profiles.save(replace(profiles.get(here.ANA), lead=Lead.CLIENT, tone=Tone.DIRECT))
    app = see(ANA, "Profile.py")
    assert "The coach leaves the course to you, since 1 May 2026, chosen on this page." in words(app)
    press(app, "stop_lead")
    assert profiles.get(here.ANA).chosen == {ApproachField.TONE: Tone.DIRECT}
    assert "stop_lead" not in buttons(see(ANA, "Profile.py"))
    services.coaching.approaches.try_once(here.ANA, ApproachField.PACE, Pace.SHORT, ChoiceSource.ASKED)
    press(see(ANA, "Profile.py"), "stop_trial")
    assert services.coaching.approaches.standing(here.ANA).trial is None


def test_a_coach_sees_choices_and_trials_without_a_number_and_why(services: Services) -> None:
    session = talk(services)
    services.feedback.send(session, Feedback(2))
    profiles = services.coaching.profiles
    profiles.save(replace(profiles.get(here.ANA), lead=Lead.CLIENT))
    services.coaching.approaches.try_once(here.ANA, ApproachField.TONE, Tone.DIRECT, ChoiceSource.ASKED)
    services.clock.forward(3_600)  # type: ignore[attr-defined]
    page = see(COACH, "Clients.py", client=here.ANA)
    seen = words(page)
    assert "each with how the AI coach was asked to work in that session" in seen
    assert "Client leads, since 1 May 2026, chosen by the client" in seen
    assert "1 May 2026: More direct, chosen when asked: being tried" in seen
    assert NO_NUMBERS in seen
    assert not any(word in seen for word in ("works better for", "seems to work", "rating rose"))
