"""What a client agrees to, and that a new text is asked for again."""

from __future__ import annotations

from datetime import date

import pytest

from coachroom.app.container import Services
from coachroom.clock import utc_now
from coachroom.errors import NotAllowedError
from coachroom.rooms import consent
from tests.services import ANA, BEN, store_of


def test_the_notice_says_what_matters_before_anything_starts() -> None:
    notice = consent.notice(processor="Somebody Inc.")
    text = " ".join(notice.paragraphs)
    for what in ("is an AI", "Somebody Inc.", "written down", "camera", "never stored", "stop at any time"):
        assert what in text
    assert "AI" in notice.agreement
    assert "recorded" in notice.agreement


def test_the_notice_says_what_a_human_coach_sees_and_that_each_time_is_asked_for() -> None:
    text = " ".join(consent.notice(processor="Somebody Inc.").paragraphs)
    for what in ("may ask to join", "until you let them in, each time anew", "see and hear you", "ask them to leave"):
        assert what in text


def test_the_notice_is_dated_by_its_version_and_not_in_the_future() -> None:
    notice = consent.notice(processor="Somebody Inc.")
    assert notice.dated == date.fromisoformat(consent.VERSION)
    assert notice.dated <= utc_now().date()


def test_who_agreed_before_a_human_coach_could_join_is_asked_again(services: Services) -> None:
    store_of(services).execute("INSERT INTO consents VALUES ($1, '2026-12', now())", [ANA])
    assert not services.rooms.has_consent(ANA)


def test_consent_counts_for_the_one_who_gave_it_and_is_dated(services: Services, clock) -> None:
    services.rooms.give_consent(ANA)
    given_at = clock.now
    clock.forward(60)
    services.rooms.give_consent(ANA)
    assert services.rooms.has_consent(ANA)
    assert not services.rooms.has_consent(BEN)
    assert store_of(services).execute("SELECT * FROM consents") == [(ANA, consent.VERSION, given_at)]


def test_a_new_version_of_the_notice_is_asked_for_again(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    room = services.rooms.create(ANA)
    services.rooms.give_consent(ANA)
    monkeypatch.setattr(consent, "VERSION", "2027-01")
    assert not services.rooms.has_consent(ANA)
    with pytest.raises(NotAllowedError, match="accept the notice"):
        services.rooms.enter(room.id, ANA)
    services.rooms.give_consent(ANA)
    services.rooms.enter(room.id, ANA)
    assert store_of(services).execute("SELECT count(*) FROM consents") == [(2,)]


def test_consent_that_is_taken_back_is_asked_for_again_and_stays_on_record(services: Services, clock) -> None:
    room = services.rooms.create(ANA)
    services.rooms.give_consent(ANA)
    services.rooms.give_consent(BEN)
    withdrawn_at = clock.forward(60)
    services.rooms.withdraw_consent(ANA)
    assert services.rooms.consent_given_at(ANA) is None
    assert services.rooms.has_consent(BEN)
    with pytest.raises(NotAllowedError, match="accept the notice"):
        services.rooms.enter(room.id, ANA)
    kept = "SELECT client_id, version, withdrawn_at FROM withdrawn_consents"
    assert store_of(services).execute(kept) == [(ANA, consent.VERSION, withdrawn_at)]
    services.rooms.give_consent(ANA)
    assert services.rooms.consent_given_at(ANA) == clock.now
    services.rooms.enter(room.id, ANA)
