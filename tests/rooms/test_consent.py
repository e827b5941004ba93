"""What a client agrees to, and that a new text is asked for again."""

from __future__ import annotations

import pytest

from coachroom.app.services import Services
from coachroom.errors import NotAllowed
from coachroom.rooms import consent
from tests.services import ANA, BEN


def test_the_notice_says_what_matters_before_anything_starts() -> None:
    notice = consent.notice(processor="Somebody Inc.")
    text = " ".join(notice.paragraphs)
    for what in ("is an AI", "Somebody Inc.", "written down", "camera", "never stored", "stop at any time"):
        assert what in text
    assert "AI" in notice.agreement
    assert "recorded" in notice.agreement


def test_consent_counts_for_the_one_who_gave_it_and_is_dated(house: Services, clock) -> None:
    house.rooms.give_consent(ANA)
    given_at = clock.now
    clock.forward(60)
    house.rooms.give_consent(ANA)
    assert house.rooms.has_consent(ANA)
    assert not house.rooms.has_consent(BEN)
    assert house.store.rows("SELECT * FROM consents") == [(ANA, consent.VERSION, given_at)]


def test_a_new_version_of_the_notice_is_asked_for_again(house: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    room = house.rooms.create(ANA)
    house.rooms.give_consent(ANA)
    monkeypatch.setattr(consent, "VERSION", "2027-01")
    assert not house.rooms.has_consent(ANA)
    with pytest.raises(NotAllowed, match="accept the notice"):
        house.rooms.enter(room.id, ANA)
    house.rooms.give_consent(ANA)
    house.rooms.enter(room.id, ANA)
    assert house.store.rows("SELECT count(*) FROM consents") == [(2,)]
