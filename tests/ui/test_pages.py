"""Each page in each of its states, driven through the domain."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.rooms.feedback import CommentReader
from coachroom.rooms.states import EndReason, Sender, Session
from coachroom.ui.formatting import plain
from coachroom.ui.transcript import MAX_SHOWN_CHARS, MAX_TURNS
from tests.services import NOON, HandClock, delivery, said, status, store_of
from tests.ui.pages import ADMIN, ANA, ANALYST, BEN, COACH, TAB, buttons, components, data, see, titles, words

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> ![x](http://evil.example/x.png) **bold** \u202e'; --"
NOT_HERE = "This room is not here"


def active_session(services: Services, client: str = "demo-ana") -> Session:
    """An open session of a client who has agreed."""
    services.rooms.give_consent(client)
    return services.rooms.enter(services.rooms.create(client).id, client)


def talk(services: Services, *texts: str, client: str = "demo-ana") -> Session:
    """An open session in which something was said, turn about, the coach first."""
    session = active_session(services, client)
    turns = [said(n, text, ("client", "agent")[n % 2]) for n, text in enumerate(texts, start=3)]
    services.intake.receive(session.id, delivery(status(1, "connected"), *turns, sent_at=NOON))
    return session


# -- home ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("services")
def test_a_clients_home_has_one_next_step() -> None:
    app = see(ANA)
    assert list(components(app)) == ["create_room"]
    assert data(app, "create_room") == {
        "action": "/room/create", "label": "Open my room", "fields": {}, "kind": "primary"
    }  # fmt: skip


def test_an_open_session_is_gone_back_to(services: Services) -> None:
    active_session(services)
    assert data(see(ANA), "create_room")["label"] == "Go back to my room"
    assert data(see(BEN), "create_room")["label"] == "Open my room"


def test_past_sessions_are_listed_with_how_they_went(services: Services, clock: HandClock) -> None:
    session = talk(services, "Hello Ana.")
    clock.forward(750)
    services.sessions.end(session.id, EndReason.CLIENT)
    links = [link.proto.label for link in see(ANA).get("page_link")]
    assert any("12 min 30 s" in label and "finished" in label for label in links)
    assert not any("min" in link.proto.label for link in see(BEN).get("page_link"))


def everything(app: AppTest) -> str:
    return words(app) + "".join(frame.value.to_string() for frame in app.dataframe)


def test_an_analysts_home_names_nobody(services: Services) -> None:
    talk(services, "Hello Ana.")
    assert "Ana" not in everything(see(ANALYST))


def test_a_coach_without_clients_reads_why(services: Services) -> None:
    store_of(services).execute("UPDATE members SET coach_email = NULL")
    app = see(COACH)
    assert not app.dataframe
    assert "No client is assigned to you yet." in words(app)


@pytest.mark.usefixtures("services")
def test_the_members_page_lists_everybody() -> None:
    app = see(ADMIN, "Members.py")
    assert len([link for link in app.get("page_link") if "%40" in link.proto.query_string]) == 6
    assert "1 to 6 of 6 members" in words(app)


# -- room ----------------------------------------------------------------------------------------------


def test_before_anything_starts_the_notice_is_read_and_agreed_to(services: Services) -> None:
    room = services.rooms.create("demo-ana")
    app = see(ANA, "Room.py", room=room.id)
    assert titles(app) == ["Before you begin"]
    assert "ElevenLabs" not in words(app), "in practice nothing leaves this computer"
    assert components(app) == {}
    assert app.button(key="give_consent").disabled
    app.checkbox(key="agreed").check().run()
    app.button(key="give_consent").click().run()
    assert not app.exception
    assert titles(app) == ["Ready when you are"]
    assert list(components(app)) == ["lobby"]
    assert services.rooms.open_session_in(room.id) is None


def test_an_open_session_is_taken_up_again_in_the_room(services: Services) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    app = see(ANA, "Room.py", room=session.room_id)
    assert set(components(app)) == {"self_view_local", "agent_box", "controls"}
    assert [element.value for element in app.header] == ["You", "Human Coach"]
    assert "Feature coming soon." in words(app)
    coach = data(app, "agent_box")
    assert coach["session_id"] == session.id
    assert coach["practice"] is True
    assert coach["attributes"]["user-id"] == "demo-ana"
    assert coach["said_before"] == [
        {"sender": "agent", "text": "Hello Ana."},
        {"sender": "client", "text": "I want to sleep better."},
    ]
    report = services.tokens.verify_report(coach["token"])
    assert report is not None
    assert report.session_id == session.id
    assert services.presence.holder(session.id) == TAB


def test_the_components_data_does_not_change_from_run_to_run(services: Services, clock: HandClock) -> None:
    session = talk(services, "Hello Ana.")
    app = see(ANA, "Room.py", room=session.room_id)
    before = {key: proto.json for key, proto in components(app).items()}
    clock.forward(30)
    app.run()
    assert {key: proto.json for key, proto in components(app).items()} == before


def test_another_persons_room_an_ended_one_and_one_that_never_was_answer_alike(services: Services) -> None:
    anas = talk(services, "Hello Ana.")
    ended = active_session(services, "demo-ben")
    services.sessions.end(ended.id, EndReason.CLIENT)
    answers = []
    for room_id in (anas.room_id, ended.room_id, "never", "", HOSTILE, "\x00"):
        app = see(BEN, "Room.py", room=room_id)
        answers.append((titles(app), words(app), sorted(components(app))))
    assert answers == answers[:1] * len(answers)
    assert answers[0][0] == [NOT_HERE]
    assert services.presence.holder(anas.id) is None
    assert services.rooms.open_session_in(anas.room_id) is not None


def test_ones_own_ended_room_leads_to_its_session(services: Services) -> None:
    anas, bens = talk(services, "Hello Ana."), active_session(services, "demo-ben")
    for session in (anas, bens):
        services.sessions.end(session.id, EndReason.CLIENT)

    def leads_to(room_id: str) -> list[tuple[str, str]]:
        links = see(BEN, "Room.py", room=room_id).get("page_link")
        return [(link.proto.label, link.proto.query_string) for link in links if "Go to" in link.proto.label]

    home = ("Go to your home page", "")
    assert leads_to(bens.room_id) == [("Go to the session you had in it", f"session={bens.id}"), home]
    assert leads_to(anas.room_id) == leads_to("never") == [home]


def test_a_second_window_takes_over_and_the_first_says_so_and_may_take_it_back(services: Services) -> None:
    session = talk(services, "Hello Ana.")
    app = see(ANA, "Room.py", room=session.room_id)
    services.presence.take(session.id, "another window", services.clock())
    app.run()
    assert titles(app) == ["Your room is open in another window"]
    assert components(app) == {}
    app.button(key="take_back").click().run()
    assert not app.exception
    assert "agent_box" in components(app)
    assert services.presence.holder(session.id) == TAB


def test_who_goes_home_leaves_the_seat_and_comes_back_to_the_same_session(services: Services) -> None:
    session = talk(services, "Hello Ana.")
    app = see(ANA, "Room.py", room=session.room_id)
    app.switch_page("pages/Start.py").run()
    assert not app.exception
    assert services.presence.holder(session.id) is None
    assert data(app, "create_room")["label"] == "Go back to my room"
    app.query_params["room"] = session.room_id
    app.switch_page("pages/Room.py")
    app.query_params["room"] = session.room_id
    app.run()
    assert data(app, "agent_box")["session_id"] == session.id
    assert services.presence.holder(session.id) == TAB


def test_when_the_session_ends_the_page_goes_on_to_what_came_of_it(services: Services, clock: HandClock) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    app = see(ANA, "Room.py", room=session.room_id)
    clock.forward(60)
    services.sessions.end(session.id, EndReason.TIME_LIMIT)
    app.run()
    assert not app.exception
    assert titles(app) == ["Your session is over"]
    assert "The time for this session was up." in words(app)
    assert services.presence.holder(session.id) is None


# -- session -------------------------------------------------------------------------------------------


def test_a_finished_session_is_rated_once_and_read_again(services: Services) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert titles(app) == ["Your session is over"]
    assert "I want to sleep better." in [text.value for text in app.text]
    assert app.button(key="send_feedback").disabled
    assert "There is nothing to send yet" in words(app)
    app.get_by_key("rating").set_value(4).run()
    assert "There is nothing to send yet" not in words(app)
    app.text_area(key="comment").input(HOSTILE).run()
    app.button(key="send_feedback").click().run()
    assert not app.exception
    assert services.feedback.given(session.id).rating == 5
    assert services.feedback.given(session.id).comment == HOSTILE
    assert HOSTILE in [text.value for text in app.text]
    assert "5 of 5 stars" in words(app)


def test_beside_the_stars_and_one_question_at_most_two_are_asked_and_each_may_be_left_out(services: Services) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    asked = [each.label for each in app.get("button_group") if each.key != "rating"]
    assert asked == [
        "Does the coach's way of working suit you?",
        "Did you feel heard?",
        "Did you talk about what matters to you?",
    ]
    app.get_by_key("answer_heard").set_value(3).run()
    app.button(key="send_feedback").click().run()
    assert not app.exception
    answers = "SELECT question, score FROM session_questions ORDER BY question"
    assert store_of(services).execute(answers) == [("approach_fits", None), ("heard", 3), ("right_topics", None)]


def test_words_are_for_nobody_else_unless_the_client_says_so(services: Services) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert app.radio(key="comment_for").value is CommentReader.NOBODY
    app.text_area(key="comment").input("Too fast for me").run()
    app.radio(key="comment_for").set_value(CommentReader.ADMIN).run()
    app.button(key="send_feedback").click().run()
    assert "Who reads these words: you and the administrators of your community." in words(app)
    assert services.feedback.given(session.id).comment_for is CommentReader.ADMIN
    app.button(key="share_no_more").click().run()
    given = services.feedback.given(session.id)
    assert (given.comment_for, given.comment) == (CommentReader.NOBODY, "Too fast for me")
    assert "Only you read these words from now on" in app.toast[0].value
    assert "share_no_more" not in {button.key for button in app.button}


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (EndReason.CLIENT, "You ended this session."),
        (EndReason.TIME_LIMIT, "The time for this session was up."),
        (EndReason.LEFT, "The connection was lost"),
        (EndReason.SERVER_STOPPED, "Our server was restarted"),
    ],
)
def test_a_session_says_how_it_ended(services: Services, cause: EndReason, sentence: str) -> None:
    session = talk(services, "Hello Ana.")
    services.sessions.end(session.id, cause)
    assert sentence in words(see(ANA, "Session.py", session=session.id))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ([], "you said nothing"),
        ([False], "you spoke once"),
        ([True, True], "you wrote 2 times"),
        ([False, True, False], "you spoke 2 times and wrote once"),
    ],
)
def test_a_session_says_how_often_the_client_spoke_and_wrote(
    services: Services, typed: list[bool], sentence: str
) -> None:
    session = active_session(services)
    messages = [said(seq, f"Sentence {seq}.", typed=how) for seq, how in enumerate(typed, start=2)]
    services.intake.receive(session.id, delivery(status(1, "connected"), *messages, sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    assert sentence in words(see(ANA, "Session.py", session=session.id))


def test_a_session_in_which_nothing_was_said_says_so(services: Services) -> None:
    session = active_session(services)
    services.intake.receive(session.id, delivery(status(1, "failed", call=None), sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    text = words(see(ANA, "Session.py", session=session.id))
    assert "The coach could not be reached." in text
    assert "Nothing was said in this session." in text


def test_a_session_that_goes_on_leads_back_to_its_room(services: Services) -> None:
    session = talk(services, "Hello Ana.")
    app = see(ANA, "Session.py", session=session.id)
    assert titles(app) == ["This session is still going on"]
    assert buttons(app) == []


def test_another_persons_session_and_one_that_never_was_answer_alike(services: Services) -> None:
    anas = talk(services, "Hello Ana.")
    services.sessions.end(anas.id, EndReason.CLIENT)
    answers = []
    for session_id in (anas.id, "never", "", HOSTILE, "\x00"):
        app = see(BEN, "Session.py", session=session_id)
        answers.append((titles(app), words(app)))
    assert answers == answers[:1] * len(answers)
    assert "Hello Ana." not in answers[0][1]


def test_hostile_messages_and_names_are_shown_as_plain_text(services: Services) -> None:
    session = talk(services, HOSTILE, HOSTILE)
    services.sessions.end(session.id, EndReason.CLIENT)
    store_of(services).execute("UPDATE members SET display_name = $1 WHERE email = $2", [HOSTILE, ANA])
    app = see(ANA, "Session.py", session=session.id)
    assert [text.value for text in app.text].count(HOSTILE) == 2
    assert HOSTILE not in "".join(str(element.value) for element in app.markdown)
    home = see(ANA)
    assert not any(markdown.allow_html for markdown in home.markdown)
    card = see(ADMIN, "Members.py", member=ANA)
    assert titles(card) == [plain(HOSTILE)]
    assert not any(markdown.allow_html for markdown in [*card.markdown, *see(ADMIN, "Members.py").markdown])


@pytest.mark.parametrize(
    "name", ["", " ", "\u202e", "*", "![x](http://evil.example/x.png)", "\x00", "[a](//b)", ":red[x]"]
)
def test_a_strange_name_neither_breaks_home_nor_becomes_markup(services: Services, name: str) -> None:
    store_of(services).execute("UPDATE members SET display_name = $1 WHERE email = $2", [name, ANA])
    (title,) = titles(see(ANA))
    assert title.startswith("Hello")
    assert not re.search(r"(?<!\\)[!*\[\]():$`_<>]", title)


def test_a_message_of_a_megabyte_is_shown_in_part(services: Services) -> None:
    session = talk(services, "x" * 1_000_000)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert max(len(text.value) for text in app.text) == MAX_SHOWN_CHARS
    assert f"{services.settings.max_turn_chars - MAX_SHOWN_CHARS:,} more characters" in words(app)


def test_a_long_session_is_shown_a_page_at_a_time(services: Services) -> None:
    session = talk(services, *(f"turn {n}" for n in range(MAX_TURNS + 5)))
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert len(app.chat_message) == MAX_TURNS
    assert app.chat_message[0].text[0].value == "turn 0"


def test_every_sender_has_a_name(services: Services) -> None:
    session = talk(services, "hello")
    put = "UPDATE conversations SET sender = $1"
    for sender in Sender:
        store_of(services).execute(put, [sender.value])
        assert see(ANA, "Session.py", session=session.id).chat_message[0].name


def test_times_are_shown_as_of_the_clock_that_stored_them(services: Services, clock: HandClock) -> None:
    session = talk(services, "hello")
    clock.now = NOON + timedelta(hours=1)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "60 min" in words(see(ANA, "Session.py", session=session.id))


def test_what_was_noted_and_reached_is_there_when_the_room_is_drawn_again(services: Services) -> None:
    session = talk(services, "Hello Ana.", "I want to sleep better.")
    services.tools.call(session, "call-1", "save_goal", {"title": "Sleep better"})
    services.tools.call(session, "call-2", "mark_stage", {"stage": "reality"})
    coach = data(see(ANA, "Room.py", room=session.room_id), "agent_box")
    assert [(note["text"], note["kind"]) for note in coach["notes"]] == [("Goal: Sleep better", "goal")]
    assert coach["stages"] == ["goal", "reality"]
    assert "save_goal" in coach["tools"]
