"""A human coach in a session: where the coach asks, what the client decides, and what they read afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.live.coach_words import keep_coach_words
from coachroom.live.joins import forget_visit_words
from coachroom.live.states import Act, Join, JoinEnd
from coachroom.people.people import Person
from coachroom.rooms.states import EndReason, Session
from tests.services import HandClock, writer_of
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, see, titles, words
from tests.ui.visits import CLIENT, talking, with_visits

HINT = "Ask what she is *afraid* of"
SUMMARY = "She found the one sentence that she will say on Monday"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 5, 4, 9))


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with with_visits(tmp_path, clock) as services:
        yield services


def carla(services: Services) -> Person:
    found = services.people.find(COACH)
    assert found is not None
    return found


def let_in(services: Services, session: Session, reason: str = "We agreed that I look in") -> Join:
    return services.joins.answer(ask_to_join(services, carla(services), session.id, reason).id, CLIENT, admit=True)


def after_a_visit(services: Services, clock: HandClock) -> Session:
    """Carla was in Ana's session for two minutes, and gave a hint."""
    session = talking(services)
    clock.forward(60)
    join = let_in(services, session)
    services.joins.act(join.id, "a", Act.HINT, HINT)
    services.joins.act(join.id, "b", Act.HOLD)
    services.joins.act(join.id, "c", Act.HAND_BACK, SUMMARY)
    clock.forward(120)
    services.joins.end(join.id, JoinEnd.COACH)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def clients(app: AppTest) -> AppTest:
    app.switch_page("pages/Clients.py")
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_coach_sees_who_is_in_a_session_now_on_home_and_in_the_list(services: Services, clock: HandClock) -> None:
    assert "None of your clients is in a session right now." in words(see(COACH))
    talking(services)
    clock.forward(12 * 60 + 5)
    for app in (see(COACH), clients(see(COACH))):
        assert "**Ana Silva**, for 12 minutes" in words(app)
        assert "You hear and see nothing before." in words(app)
        assert "Ask to join" in labels(app)


@pytest.mark.parametrize("who", [ADMIN, ANALYST, ANA])
def test_nobody_else_sees_it(services: Services, who: str) -> None:
    talking(services)
    assert "In a session now" not in words(see(who))
    assert "Ask to join" not in labels(see(who))


def test_where_coaches_cannot_join_nothing_is_shown(services: Services, tmp_path: Path, clock: HandClock) -> None:
    with with_visits(tmp_path / "off", clock, on=False) as off:
        talking(off)
        assert "In a session now" not in words(see(COACH))
        assert "When a human coach joins a session" not in words(see(ANA, "Privacy.py"))


def test_a_coach_asks_with_a_reason_and_comes_to_the_page_of_the_join(services: Services) -> None:
    session = talking(services)
    app = see(COACH)
    app.selectbox(key=f"join_reason_{session.id}").set_value("We agreed that I look in")
    app.button(key=f"ask_{session.id}").click().run()
    assert not app.exception
    join = services.joins.open_in(session.id)
    assert join is not None
    assert (join.coach_email, join.reason) == (COACH, "We agreed that I look in")
    assert titles(app) == ["Ana Silva's session"]


def test_without_a_reason_nothing_is_asked_and_the_coach_reads_why(services: Services) -> None:
    session = talking(services)
    app = see(COACH)
    app.button(key=f"ask_{session.id}").click().run()
    assert services.joins.open_in(session.id) is None
    assert "reason" in app.error[0].value
    assert "reason" in app.run().error[0].value, "it stays until the next press"


def test_a_coach_finds_the_way_back_to_the_session_they_are_in(services: Services) -> None:
    session = talking(services)
    join = let_in(services, session)
    app = see(COACH)
    (link,) = [each.proto for each in app.get("page_link") if each.proto.label == "Go to this session"]
    assert "has a minute to let you in" not in words(app)
    assert link.query_string == f"join={join.id}"


def test_an_old_page_asks_for_nothing_once_the_sign_in_is_over(services: Services) -> None:
    session = talking(services)
    app = see(COACH)
    app.selectbox(key=f"join_reason_{session.id}").set_value("We agreed that I look in")
    app.user = {"is_logged_in": False}
    app.button(key=f"ask_{session.id}").click().run()
    assert services.joins.open_in(session.id) is None


def test_a_client_chooses_that_coaches_may_not_ask(services: Services) -> None:
    session = talking(services)
    app = see(ANA, "Privacy.py")
    assert app.toggle(key="coaches_may_ask").value is True
    app.toggle(key="coaches_may_ask").set_value(False).run()
    assert not app.exception
    assert not services.joins.may_ask(CLIENT)
    assert "Ana Silva" not in words(see(COACH)).partition("Find a client")[0]
    assert session.id not in str([button.key for button in see(COACH).button])
    assert see(ANA, "Privacy.py").toggle(key="coaches_may_ask").value is False


def test_where_coaches_can_join_no_page_promises_that_nobody_else_is_there(services: Services) -> None:
    text = words(see(ANA, "Privacy.py"))
    for what in (
        "stays in your browser, unless you let a human coach in", "They hear and see nothing until you let them in",
        "learn each other's network address", "one who is there leaves when you take it off the record",
        "the title of your newest goal",
    ):  # fmt: skip
        assert what in text
    assert "A human coach can join only when you let them in." in words(see("ben.okafor@example.com"))


def test_privacy_lists_who_asked_and_what_became_of_it(services: Services, clock: HandClock) -> None:
    assert "Nobody has asked to join a session of yours." in words(see(ANA, "Privacy.py"))
    session = talking(services)
    declined = ask_to_join(services, carla(services), session.id, "To listen")
    services.joins.answer(declined.id, CLIENT, admit=False)
    clock.forward(60)
    join = let_in(services, session)
    clock.forward(120)
    services.joins.end(join.id, JoinEnd.CLIENT)
    text = words(see(ANA, "Privacy.py"))
    assert "“We agreed that I look in”. You let them in for 2 min 0 s. You asked them to leave." in text
    assert "“To listen”. You did not let them in." in text
    assert text.index("We agreed") < text.index("To listen"), "the latest stands first"


def test_the_sessions_page_names_who_joined_and_shows_the_hints(services: Services, clock: HandClock) -> None:
    session = after_a_visit(services, clock)
    text = words(see(ANA, "Session.py", session=session.id))
    assert "Who asked to join you" in text
    assert "You let them in for 2 min 0 s. They left." in text
    assert HINT in text
    assert "For the AI coach" in text
    assert "Had the AI coach wait" in text
    assert SUMMARY in text
    assert "Who asked to join you" not in words(see(ANA, "Session.py", session=talking(services).id))


def test_of_an_old_session_stays_who_joined_and_no_word(services: Services, clock: HandClock) -> None:
    session = after_a_visit(services, clock)
    writer_of(services).submit(lambda transaction: forget_visit_words(transaction, session.id)).result()
    expired = "UPDATE sessions SET turns_expired_at = $2 WHERE id = $1"
    writer_of(services).submit(lambda transaction: transaction.execute(expired, [session.id, clock()])).result()
    text = words(see(ANA, "Session.py", session=session.id)) + words(see(ANA, "Privacy.py"))
    assert "**Carla Mendes** asked at 09:01:00. You let them in for 2 min 0 s. They left." in text
    assert "Carla Mendes asked on 4 May 2026, 09:01. You let them in for 2 min 0 s. They left." in text
    assert HINT not in text


def test_what_a_coach_wrote_stands_under_their_name_in_the_transcript(services: Services, clock: HandClock) -> None:
    session = talking(services)
    join = let_in(services, session)
    for id, act in (("a", Act.HINT), ("b", Act.SAY), ("h", Act.HOLD), ("c", Act.HAND_BACK)):
        keep_coach_words(services.intake, join, services.joins.act(join.id, id, act, f"Words {id}"))
    services.sessions.end(session.id, EndReason.CLIENT)
    text = words(see(ANA, "Session.py", session=session.id))
    for note in ("a hint for the AI coach", "a written message", "after a talk without the AI coach"):
        assert f"Carla Mendes, human coach · 09:00:00 · {note}" in text


def test_a_hint_is_read_after_the_session_and_not_before(services: Services) -> None:
    session = talking(services)
    join = let_in(services, session)
    for id, act in (("a", Act.HINT), ("b", Act.SAY)):
        keep_coach_words(services.intake, join, services.joins.act(join.id, id, act, f"Words {id}."))
    text = words(see(ANA, "Session.py", session=session.id))
    assert "Words b." in text
    assert "Words a." not in text
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "Words a." in words(see(ANA, "Session.py", session=session.id))


HOSTILE = "<img src=x onerror=alert(1)> **bold** [go](https://evil.example) $x$ \u202eesrever\x00 :red[no] |a|b|"


def test_what_a_coach_writes_is_shown_as_they_wrote_it(services: Services, clock: HandClock) -> None:
    session = talking(services)
    join = ask_to_join(services, carla(services), session.id, HOSTILE)
    join = services.joins.answer(join.id, session.client_id, admit=True)
    for id, act in (("a", Act.HINT), ("b", Act.SAY), ("h", Act.HOLD), ("c", Act.HAND_BACK)):
        keep_coach_words(services.intake, join, services.joins.act(join.id, id, act, HOSTILE))
    services.joins.end(join.id, JoinEnd.COACH)
    services.sessions.end(session.id, EndReason.CLIENT)
    for app in (
        see(ANA, "Session.py", session=session.id),
        see(ANA, "Privacy.py"),
        see(COACH, "Join.py", join=join.id),
    ):
        assert not app.exception
        for block in (*app.markdown, *app.caption):
            for sign in (" <img", "“<img", "**bold**", "[go](", "$x$", ":red[", "\u202e", "\x00"):
                assert sign not in block.value


def test_another_client_reads_nothing_of_it(services: Services, clock: HandClock) -> None:
    session = after_a_visit(services, clock)
    app = see("ben.okafor@example.com", "Session.py", session=session.id)
    assert HINT not in words(app)
    assert titles(app) != ["Your session is over"]
