"""What an event of a hook does to the roster: for clients alone, once, in the audit log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.people.member_events import read_member_event
from coachroom.people.member_hook import CONTENT_KEPT, ID_KEPT, HookAnswer
from tests.services import HandClock, enter, sign_in, store_of

ANA, COACH, ADMIN, ANALYST = (
    "ana.silva@example.com",
    "carla.mendes@example.com",
    "amira.haddad@example.com",
    "anton.weber@example.com",
)
NEW = "fay@example.com"
SECRET = "s" * 32


def receive(services: Services, event: str, email: str = NEW, id: str | None = None, **fields: Any) -> HookAnswer:
    body = json.dumps({"event": event, "email": email, **fields}).encode()
    return services.members.receive(read_member_event(body, "", kind=None), id=id, secret=SECRET)


def member(services: Services, email: str = NEW) -> tuple[str, str, str, str] | None:
    each = services.members.all().get(email)
    return (each.role, each.status, each.source, each.display_name) if each else None


def audit(services: Services) -> list[tuple[str, str, str]]:
    rows = store_of(services).execute(
        "SELECT action, subject, CAST(detail AS text) FROM audit_log WHERE actor = 'hook' ORDER BY id"
    )
    return [(action, subject, detail) for action, subject, detail in rows]


def test_a_new_paid_member_is_a_client_who_may_sign_in(services: Services) -> None:
    answer = receive(services, "member.paid", firstName="Fay", lastName="Fuller")
    assert answer == HookAnswer("The member may sign in.")
    assert member(services) == ("client", "active", "skool", "Fay Fuller")
    assert services.people.find(NEW) is not None
    ((action, subject, detail),) = audit(services)
    assert (action, subject, json.loads(detail)) == ("members.hook", NEW, {"event": "member.paid", "change": "added"})


def test_no_event_gives_an_account_another_address(services: Services) -> None:
    """Whoever knows a member's ID and the token would otherwise come in as that member."""
    store_of(services).execute("UPDATE members SET skool_member_id = 'm-100' WHERE email = $1", [ANA])
    answer = receive(services, "member.paid", "stranger@example.com", memberId="m-100")
    assert not answer.taken
    assert "import the member export" in answer.sentence
    assert member(services, "stranger@example.com") is None
    assert member(services, ANA) is not None


def test_an_event_that_is_sent_again_changes_nothing(services: Services, clock: HandClock) -> None:
    receive(services, "member.paid")
    assert receive(services, "member.paid").sentence == "This event is known already."
    receive(services, "member.cancelled", id="ev_2")
    # A retry that comes late must not bring them back, nor put them out a second time.
    assert receive(services, "member.paid").sentence == "This event is known already."
    assert member(services) == ("client", "removed", "skool", "fay")
    clock.forward(CONTENT_KEPT.total_seconds() + 1)
    receive(services, "member.paid")
    assert receive(services, "member.cancelled", id="ev_2").sentence == "This event is known already."
    assert member(services) == ("client", "active", "skool", "fay")


def test_events_are_forgotten_after_a_month_and_name_nobody(services: Services, clock: HandClock) -> None:
    receive(services, "member.paid", id="ev_1")
    ((key,),) = store_of(services).execute("SELECT key FROM hook_events")
    assert len(key) == 64
    clock.forward(ID_KEPT.total_seconds() + 1)
    services.members.sweep()
    assert store_of(services).execute("SELECT key FROM hook_events") == []


def test_who_cancels_is_out_and_their_session_ends_as_when_removed_by_hand(
    services: Services, clock: HandClock
) -> None:
    entry = sign_in(services, ANA)
    session = enter(services, "demo-ana")
    assert receive(services, "member.cancelled", ANA).sentence == "The member is removed."
    services.sessions.reaper(lambda _: True, lambda *_: None).look()
    now = services.rooms.session(session.id)
    assert now is not None
    assert now.status.over
    clock.forward(10)
    assert services.sign_ins.check(entry).person is None
    assert receive(services, "member.cancelled", ANA, id="again").sentence == "This member was removed already."
    assert receive(services, "member.paid", ANA).sentence == "The member may sign in."
    assert services.people.find(ANA) is not None
    assert [action for action, _, _ in audit(services)] == ["members.set", "members.hook"]


def test_answers_are_stored_for_members_and_for_nobody_else(services: Services) -> None:
    answer = receive(services, "member.answered", NEW, Question1="Why?", Answer1="To sleep")
    assert answer.sentence == "No member has this e-mail: nothing was changed or kept."
    assert member(services) is None
    receive(services, "member.answered", ANA, Question1="Why?", Answer1="To sleep", firstName="Not Ana")
    stored = services.members.all()[ANA]
    assert json.loads(stored.answers or "") == {"Why?": "To sleep"}
    assert stored.display_name == "Ana Silva"
    with pytest.raises(CoachroomError, match="has no answers"):
        receive(services, "member.answered", ANA)


@pytest.mark.parametrize("email", [COACH, ADMIN, ANALYST])
@pytest.mark.parametrize("event", ["member.paid", "member.answered", "member.cancelled"])
def test_nobody_but_a_client_is_changed(services: Services, email: str, event: str) -> None:
    before = services.members.all()[email]
    answer = receive(services, event, email, firstName="Eve", tier="Premium", Answer1="x", role="admin")
    assert services.members.all()[email] == before
    # That somebody must be removed by hand is said so; a payment of theirs is nothing to look at.
    assert answer.taken == (event != "member.cancelled")


@pytest.mark.parametrize("email", [COACH, ANALYST])
def test_a_payment_does_not_give_a_removed_coach_or_analyst_their_rights_back(services: Services, email: str) -> None:
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [email])
    receive(services, "member.paid", email)
    assert services.members.all()[email].status == "removed"


def test_a_role_in_an_event_is_nothing_to_us(services: Services) -> None:
    receive(services, "member.paid", role="admin", source="manual", coach_email=COACH)
    assert member(services) == ("client", "active", "skool", "fay")
    assert services.members.all()[NEW].coach_email is None


def test_whoever_was_erased_does_not_come_back_and_the_sender_and_the_log_say_so(services: Services) -> None:
    services.own_data.erase("demo-ana", "operator")
    for _ in range(3):
        answer = receive(services, "member.paid", ANA, firstName="Ana")
        assert not answer.taken
        assert "they were erased on 1 May 2026: add them by hand" in answer.sentence
    assert member(services, ANA) is None
    ((action, subject, _),) = audit(services)
    assert (action, subject) == ("members.hook_refused", "somebody who was erased")
    everything = str(store_of(services).execute("SELECT * FROM audit_log"))
    assert ANA not in everything


def test_two_events_of_one_moment_are_both_done(services: Services, clock: HandClock) -> None:
    clock.now += timedelta(seconds=0)
    receive(services, "member.paid")
    receive(services, "member.answered", Answer1="To sleep")
    assert services.members.all()[NEW].answers is not None
