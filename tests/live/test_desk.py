"""What the two pages of a visit are told, with sockets that only take down what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.live.desk import LiveDesk
from coachroom.live.ice import ice_plan_of
from coachroom.live.messages import (
    Admission,
    Candidate,
    Desc,
    Done,
    Enter,
    Lapsed,
    Leave,
    LiveMessageError,
    Order,
    Side,
    State,
)
from coachroom.live.states import (
    ASK_LASTS,
    HOLD_GRACE,
    MAX_HOLD,
    MAX_UNLINKED,
    Act,
    Join,
    JoinAct,
    JoinEnd,
    JoinStatus,
    LiveMode,
    mode_after,
)
from coachroom.recording.session_states import SessionBusyError
from coachroom.rooms.states import EndReason
from tests.live.test_ice import HOST, RELAY, SDP
from tests.live.visits import AMIRA, ANA, NotedSocket, admitted, asked, person, talking
from tests.services import HandClock, opened, store_of

OFFER = Desc({"type": "offer", "sdp": SDP}, {"me": "a", "agent": "b"})
LINKED = State({"linked": True, "call": "in_call", "held": False, "muted": False, "mixer": True})
NO_ECHO = State({"linked": True, "echo": True})


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True) as running:
        yield running


class Pair:
    """A visit with a socket on each side."""

    def __init__(self, services: Services, join: Join, desk: LiveDesk | None = None) -> None:
        self.services = services
        self.desk = desk or services.live
        self.id = join.id
        self.client, self.coach = NotedSocket(), NotedSocket()
        self.desk.enter(join, Side.CLIENT, self.client)
        self.desk.enter(join, Side.COACH, self.coach)

    @property
    def join(self) -> Join:
        found = self.desk.hub.join(self.id)
        assert found is not None
        return found

    def order(self, id: str, act: Act, text: str | None = None) -> None:
        self.desk.take(self.join, Side.COACH, Order(id, act, text))

    @property
    def closed(self) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
        return self.client.closed, self.coach.closed


def test_who_enters_is_greeted_first_and_announced(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    assert pair.client.told[0]["type"] == pair.coach.told[0]["type"] == "hello"
    assert (pair.client.told[0]["peer"], pair.coach.told[0]["peer"]) == (False, True)
    assert pair.client.of_type("peer") == [{"type": "peer", "here": True}]
    pair.desk.leave(pair.id, Side.COACH, pair.coach)
    assert pair.client.of_type("peer")[-1] == {"type": "peer", "here": False}


def test_a_coach_who_comes_back_is_told_what_was_done(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HINT, "Ask about the move.")
    pair.order("b", Act.HOLD)
    again = NotedSocket()
    pair.desk.enter(pair.join, Side.COACH, again)
    hello = again.told[0]
    assert [(each["n"], each["id"], each["act"]) for each in hello["acts"]] == [(1, "a", "hint"), (2, "b", "hold")]
    assert hello["mode"] == "private"
    assert pair.coach.closed == (4001, "")
    # The old page's goodbye takes nothing from the new one.
    pair.desk.leave(pair.id, Side.COACH, pair.coach)
    assert pair.desk.hub.here(pair.id, Side.COACH)


def test_nothing_is_passed_on_before_the_client_said_yes(services: Services) -> None:
    pair = Pair(services, asked(services, talking(services)))
    for side in Side:
        for message in (OFFER, Candidate({"candidate": HOST}), LINKED):
            pair.desk.take(pair.join, side, message)
    pair.order("a", Act.HINT, "Ask about the move.")
    assert [each["type"] for each in pair.client.told] == ["hello", "peer"]
    assert [each["type"] for each in pair.coach.told] == ["hello", "done"]
    assert pair.coach.told[-1] == {"type": "done", "id": "a", "done": False, "why": "status"}
    assert services.joins.acts(pair.id) == []
    kept = services.joins.find(pair.id)
    assert kept is not None
    assert kept.first_linked_at is None


def test_whoever_enters_as_the_client_answers_learns_of_it(services: Services) -> None:
    join = asked(services, talking(services))
    services.joins.answer(join.id, join.client_id, admit=True)
    late = NotedSocket()
    # As its page was greeted with what was read before the answer.
    services.live.enter(join, Side.COACH, late)
    assert [each["type"] for each in late.told] == ["hello", "status"]
    assert (late.told[0]["status"], late.told[1]["status"]) == ("asked", "admitted")


def test_a_no_closes_both_sockets(services: Services) -> None:
    pair = Pair(services, asked(services, talking(services)))
    pair.desk.take(pair.join, Side.CLIENT, Admission(admit=False))
    assert pair.closed == ((4002, "declined"), (4002, "declined"))
    assert pair.coach.of_type("status") == [{"type": "status", "status": "declined", "why": "declined"}]


def test_an_answer_that_comes_too_late_lets_nobody_in(services: Services, clock: HandClock) -> None:
    pair = Pair(services, asked(services, talking(services)))
    clock.forward(ASK_LASTS.total_seconds())
    pair.desk.take(pair.join, Side.CLIENT, Admission(admit=True))
    assert pair.coach.of_type("status") == []
    pair.desk.sweep()
    assert pair.closed == ((4002, "expired"), (4002, "expired"))


@pytest.mark.parametrize(("side", "why"), [(Side.CLIENT, "client"), (Side.COACH, "coach")])
def test_either_side_ends_a_visit(services: Services, side: Side, why: str) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, side, Leave())
    assert pair.closed == ((4002, why), (4002, why))


def test_a_second_enter_is_no_message(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    with pytest.raises(LiveMessageError):
        pair.desk.take(pair.join, Side.CLIENT, Enter("token"))


def test_an_order_that_is_sent_again_is_done_once(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HINT, "Ask about the move.")
    pair.order("a", Act.HINT, "Ask about the move.")
    # Unanswered, it is passed on again under the same number, by which the client's page knows it.
    assert [(each["id"], each["n"]) for each in pair.client.of_type("order")] == [("a", 1), ("a", 1)]
    pair.desk.take(pair.join, Side.CLIENT, Done("a", done=True, why=None))
    pair.order("a", Act.HINT, "Ask about the move.")
    assert len(pair.client.of_type("order")) == 2
    assert [each["done"] for each in pair.coach.of_type("done")] == [True, True]
    assert len(services.joins.acts(pair.id)) == 1


def test_an_order_without_a_client_is_not_kept(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.leave(pair.id, Side.CLIENT, pair.client)
    pair.order("a", Act.HOLD)
    assert pair.coach.told[-1] == {"type": "done", "id": "a", "done": False, "why": "client"}
    assert services.joins.acts(pair.id) == []


def test_words_that_are_missing_or_too_long_are_refused(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HAND_BACK)
    pair.order("b", Act.HINT, "x" * 501)
    assert [(each["id"], each["why"]) for each in pair.coach.of_type("done")] == [("a", "text"), ("b", "text")]
    assert pair.client.of_type("order") == []


def test_the_coachs_words_are_kept_and_nothing_else(services: Services) -> None:
    kept: list[tuple[str, JoinAct]] = []
    desk = LiveDesk(
        services.joins,
        services.clock,
        ice_plan_of(services.settings),
        keep_words=lambda join, act: kept.append((join.id, act)),
    )
    pair = Pair(services, admitted(services, talking(services)), desk)
    said = ((Act.HINT, "One."), (Act.HUSH, None), (Act.SAY, "Two."), (Act.HOLD, None), (Act.HAND_BACK, "Three."))
    for act, text in said:
        pair.order(act, act, text)
    assert [(join, act.act, act.text) for join, act in kept] == [
        (pair.id, Act.HINT, "One."),
        (pair.id, Act.SAY, "Two."),
        (pair.id, Act.HAND_BACK, "Three."),
    ]


def test_both_are_told_the_mode(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    pair.order("a", Act.BOTH)
    pair.order("b", Act.HUSH)
    pair.order("c", Act.HOLD)
    for socket in (pair.client, pair.coach):
        assert [each["mode"] for each in socket.of_type("mode")] == ["both", "private"]


def test_a_hold_that_lasted_too_long_becomes_a_take_over_once(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.CLIENT, Lapsed())
    assert services.joins.acts(pair.id) == []
    pair.order("a", Act.HOLD)
    pair.desk.take(pair.join, Side.CLIENT, Lapsed())
    pair.desk.take(pair.join, Side.CLIENT, Lapsed())
    assert [each.act for each in services.joins.acts(pair.id)] == [Act.HOLD, Act.TAKE_OVER]
    assert [each["mode"] for each in pair.coach.of_type("mode")] == ["private", "private"]


def test_a_hold_that_no_page_ends_is_ended_by_the_server(services: Services, clock: HandClock) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HOLD)
    clock.forward(40)
    # To hold once more, or to give the end's number away, makes it no longer.
    pair.order("b", Act.HOLD)
    pair.order("lapsed-3", Act.HINT, "Wait.")
    clock.forward(MAX_HOLD.total_seconds() + HOLD_GRACE.total_seconds() - 41)
    pair.desk.sweep()
    assert pair.client.of_type("order")[-1]["act"] == "hint"
    clock.forward(1)
    pair.desk.sweep()
    pair.desk.sweep()
    assert [each.act for each in services.joins.acts(pair.id)] == [Act.HOLD, Act.HOLD, Act.HINT, Act.TAKE_OVER]
    assert [each["act"] for each in pair.client.of_type("order")][-2:] == ["hint", "take_over"]
    for socket in (pair.client, pair.coach):
        assert socket.of_type("mode")[-1] == {"type": "mode", "mode": "private"}


def test_a_hold_ends_where_a_visit_is_full(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachroom.live.joins.MAX_ACTS", 1)
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HOLD)
    pair.desk.take(pair.join, Side.CLIENT, Lapsed())
    assert [each.act for each in services.joins.acts(pair.id)] == [Act.HOLD, Act.TAKE_OVER]


def test_a_page_cannot_choose_the_id_with_which_a_hold_lapses(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.HOLD)
    pair.order("lapsed-2", Act.HUSH)
    pair.desk.take(pair.join, Side.CLIENT, Lapsed())
    assert services.joins.acts(pair.id)[-1].act is Act.TAKE_OVER


def test_a_talk_in_private_ends_by_handing_back_alone(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    pair.order("a", Act.HAND_BACK, "There was no talk.")
    pair.order("b", Act.HOLD)
    pair.order("c", Act.LISTENING)
    pair.order("d", Act.BOTH)
    refused = [(each["id"], each["why"]) for each in pair.coach.of_type("done")]
    assert refused == [("a", "order"), ("c", "order"), ("d", "order")]
    assert [each.act for each in services.joins.acts(pair.id)] == [Act.HOLD]
    assert [each["act"] for each in pair.client.of_type("order")] == ["hold"]


def test_an_old_order_that_is_sent_again_brings_no_old_mode_back(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    pair.order("a", Act.BOTH)
    pair.order("b", Act.LISTENING)
    pair.order("a", Act.BOTH)
    assert [each["id"] for each in pair.client.of_type("order")] == ["a", "b"]
    assert [each["mode"] for each in pair.client.of_type("mode")] == ["both", "listening"]
    assert pair.coach.told[-1] == {"type": "done", "id": "a", "done": False, "why": "late"}


def test_a_coach_talks_to_both_only_while_their_page_takes_out_the_echo(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.order("a", Act.BOTH)
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    pair.desk.take(pair.join, Side.COACH, State({"linked": True, "echo": False}))
    pair.order("b", Act.BOTH)
    assert [each["why"] for each in pair.coach.of_type("done")] == ["echo", "echo"]
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    # Of another page nothing is known.
    pair.desk.enter(pair.join, Side.COACH, pair.coach)
    pair.order("c", Act.BOTH)
    assert services.joins.acts(pair.id) == []


def test_where_the_clients_page_passes_no_voice_on_the_coach_only_listens(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.COACH, NO_ECHO)
    pair.order("a", Act.BOTH)
    pair.desk.take(pair.join, Side.CLIENT, Done("a", done=False, why="mixer"))
    for socket in (pair.client, pair.coach):
        assert [each["mode"] for each in socket.of_type("mode")] == ["both", "listening"]
    # An order that failed long ago changes nothing.
    pair.order("b", Act.HOLD)
    pair.desk.take(pair.join, Side.CLIENT, Done("a", done=False, why="mixer"))
    assert mode_after(services.joins.acts(pair.id)) is LiveMode.PRIVATE


def test_an_order_is_carried_out_where_the_record_is_busy(services: Services) -> None:
    def busy(_join: Join, _act: JoinAct) -> None:
        raise SessionBusyError

    desk = LiveDesk(services.joins, services.clock, ice_plan_of(services.settings), keep_words=busy)
    pair = Pair(services, admitted(services, talking(services)), desk)
    pair.order("a", Act.HOLD)
    pair.order("b", Act.HAND_BACK, "A walk a day.")
    assert [each["act"] for each in pair.client.of_type("order")] == ["hold", "hand_back"]
    assert pair.client.of_type("mode")[-1]["mode"] == "listening"
    assert [each.text for each in services.joins.acts(pair.id)] == [None, "A walk a day."]


def test_the_first_link_is_kept(services: Services, clock: HandClock) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    at = clock.forward(3)
    pair.desk.take(pair.join, Side.COACH, State({"linked": True, "echo": True}))
    clock.forward(3)
    pair.desk.take(pair.join, Side.CLIENT, LINKED)
    kept = services.joins.find(pair.id)
    assert kept is not None
    assert kept.first_linked_at == at
    assert pair.coach.of_type("state") == [{"type": "state", **LINKED.fields}]
    assert pair.client.of_type("state") == []


def test_with_relays_alone_neither_side_is_told_the_others_address(services: Services) -> None:
    join = admitted(services, talking(services))
    plan = ice_plan_of(services.settings.model_copy(update={"live_relay_only": True}))
    desk = LiveDesk(services.joins, services.clock, plan, keep_words=lambda join, act: None)
    pair = Pair(services, join, desk)
    for side, socket in ((Side.CLIENT, pair.coach), (Side.COACH, pair.client)):
        desk.take(pair.join, side, OFFER)
        for candidate in (HOST, RELAY, ""):
            desk.take(pair.join, side, Candidate({"candidate": candidate, "sdpMid": "0"}))
        desk.take(pair.join, side, Candidate(None))
        told = [each["candidate"] and each["candidate"]["candidate"] for each in socket.of_type("ice")]
        assert [each and each[:12] for each in told] == ["candidate:3 ", "", None]
        said = str(socket.told)
        assert "192.168.1.7" not in said
        assert "203.0.113.9" not in said
        assert "198.51.100.5" in said


def test_without_that_candidates_are_passed_on_as_they_are(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.take(pair.join, Side.CLIENT, Candidate({"candidate": HOST}))
    assert pair.coach.of_type("ice") == [{"type": "ice", "candidate": {"candidate": HOST}}]


def test_the_end_of_the_session_closes_both(services: Services) -> None:
    session = talking(services)
    pair = Pair(services, admitted(services, session))
    services.sessions.end(session.id, EndReason.CLIENT)
    pair.desk.sweep()
    assert pair.closed == ((4002, "session"), (4002, "session"))


def test_a_session_that_goes_off_the_record_is_no_place_for_a_coach(services: Services) -> None:
    session = talking(services)
    pair = Pair(services, admitted(services, session))
    # Without the page's own request, which ends the visit first.
    services.off_record.take(session)
    pair.desk.sweep()
    assert pair.closed == ((4002, "session"), (4002, "session"))


def test_whoever_lost_the_right_is_out_with_the_next_look(services: Services) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    services.members.assign([ANA], None, by=person(services, AMIRA))
    pair.desk.sweep()
    assert pair.closed == ((4002, "not_allowed"), (4002, "not_allowed"))


def test_a_visit_is_lost_where_a_page_stays_away(services: Services, clock: HandClock) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    pair.desk.sweep()
    pair.desk.leave(pair.id, Side.COACH, pair.coach)
    pair.desk.sweep()
    clock.forward(MAX_UNLINKED.total_seconds() - 1)
    pair.desk.sweep()
    assert pair.client.closed is None
    clock.forward(1)
    pair.desk.sweep()
    assert pair.client.closed == (4002, "lost")
    kept = services.joins.find(pair.id)
    assert kept is not None
    assert kept.end_reason is JoinEnd.LOST


def test_whoever_comes_back_in_time_has_the_whole_time_again(services: Services, clock: HandClock) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    for _ in range(3):
        pair.desk.leave(pair.id, Side.COACH, pair.coach)
        pair.desk.sweep()
        clock.forward(MAX_UNLINKED.total_seconds() - 1)
        pair.desk.enter(pair.join, Side.COACH, pair.coach)
        pair.desk.sweep()
        clock.forward(2)
    assert pair.join.status is JoinStatus.ADMITTED


def test_after_a_restart_both_have_time_to_come_back(services: Services, clock: HandClock) -> None:
    join = admitted(services, talking(services))
    clock.forward(3600)
    services.live.sweep()
    assert services.joins.open_in(join.session_id) is not None
    clock.forward(MAX_UNLINKED.total_seconds())
    services.live.sweep()
    assert services.joins.open_in(join.session_id) is None


def test_the_rooms_page_learns_of_questions_and_of_ends(services: Services) -> None:
    changed: list[str] = []
    services.live.on_change(changed.append)
    session = talking(services)
    join = asked(services, session)
    assert changed == [session.id]
    services.live.end(join.id, JoinEnd.COACH)
    assert changed == [session.id] * 2
    services.live.end(join.id, JoinEnd.COACH)
    services.live.end_in(session.id)
    assert changed == [session.id] * 2


def test_an_erased_visit_takes_no_more(services: Services) -> None:
    session = talking(services)
    pair = Pair(services, admitted(services, session))
    for table in ("live_acts", "live_joins"):
        store_of(services).execute(f"DELETE FROM {table}")
    pair.order("a", Act.HOLD)
    assert pair.client.of_type("order") == []
    pair.desk.sweep()
    assert pair.closed == ((4002, "session"), (4002, "session"))


def test_a_sweep_reads_the_open_visits_once_and_looks_none_of_them_up(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair(services, admitted(services, talking(services)))
    reads: list[str] = []
    for name in ("all_open", "find"):
        read = getattr(services.joins, name)

        def noted(*given: Any, _read: Any = read, _name: str = name) -> Any:
            reads.append(_name)
            return _read(*given)

        monkeypatch.setattr(services.joins, name, noted)
    pair.desk.sweep()
    assert reads == ["all_open"]
    assert pair.closed == (None, None)
