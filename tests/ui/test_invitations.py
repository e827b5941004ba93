"""Invitations by mail: from a member's card and to many at once, and what is shown of them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.people.people import Person, Role
from tests.notifications.mail_house import MailHouse
from tests.services import HandClock, store_of
from tests.ui.pages import ADMIN, ANA, BEN, COACH, see, titles, words
from tests.ui.test_administration import AMIRA, press, toasts

CLARA = "clara@example.com"


def unescaped(text: str) -> str:
    return text.replace("\\", "")


@pytest.fixture
def mailing(mailing: Services) -> Services:
    """With a client who was never here."""
    mailing.members.add(CLARA, name="Clara", role="client", coach=None, by=AMIRA)
    return mailing


def card(email: str) -> AppTest:
    return see(ADMIN, "Members.py", member=email)


def audited(services: Services) -> list[tuple[str, str]]:
    rows = store_of(services).execute(
        "SELECT actor, subject FROM audit_log WHERE action = 'members.invite' ORDER BY subject"
    )
    return [(actor, subject) for actor, subject in rows]


def test_a_member_is_invited_from_their_card_which_says_what_became_of_it(
    mailing: Services, house: MailHouse
) -> None:
    app = card(CLARA)
    assert "Not invited by mail so far." in unescaped(words(app))
    press(app, "Invite by mail")
    assert "1 invitation is on the way." in unescaped(toasts(app))
    assert "An invitation of 1 May 2026 is on its way" in unescaped(words(app))
    press(app, "Invite by mail")
    assert "An invitation is on its way already." in unescaped(toasts(app))
    mailing.outbox.send_due()
    assert "Invited by mail on 1 May 2026" in unescaped(words(app.run()))
    assert len(house.mails_to(CLARA)) == 1
    assert audited(mailing) == [(ADMIN, CLARA)]
    assert "never here · Invited by mail on 1 May 2026" in words(see(ADMIN, "Members.py"))


def test_the_card_says_why_an_invitation_could_not_be_delivered(
    mailing: Services, house: MailHouse, clock: HandClock
) -> None:
    house.refused.add(CLARA)
    press(card(CLARA), "Invite by mail")
    mailing.outbox.send_due()
    said = unescaped(words(card(CLARA)))
    assert "could not be delivered. The mail server does not take mail for this address (550)." in said
    house.refused.clear()
    clock.forward(60)
    press(card(CLARA), "Invite by mail")
    mailing.outbox.send_due()
    assert "Invited by mail on" in unescaped(words(card(CLARA)))


def test_the_link_holds_no_secret_and_leads_through_the_sign_in_to_the_home_page(
    mailing: Services, house: MailHouse
) -> None:
    mailing.members.invite([CLARA], by=AMIRA)
    mailing.outbox.send_due()
    (mail,) = house.mails_to(CLARA)
    plain, _ = mail.iter_parts()
    assert plain.get_content().rstrip().endswith(": https://coach.example.com/")
    assert "sign in with this e-mail address: clara@example.com" in plain.get_content().lower()
    assert mail["List-Unsubscribe"] is None
    # Who follows it is asked to sign in, and is then at home; another time as well.
    assert titles(see(None)) == ["A quiet room to think aloud"]
    for _ in range(2):
        assert titles(see(CLARA)) == ["Hello Clara"]


def test_those_who_are_chosen_and_all_who_are_found_are_invited_once_each(
    mailing: Services, house: MailHouse
) -> None:
    mailing.members.change(BEN, status="removed", by=AMIRA)
    app = see(ADMIN, "Members.py")
    app.checkbox(key=f"choose_{CLARA}").check().run()
    press(app, "Invite")
    assert "1 invitation is on the way." in unescaped(toasts(app))
    app.radio(key="invite_whom").set_value("found")
    press(app, "Invite")
    mailing.outbox.send_due()
    invited = sorted(str(mail["To"]) for mail in house.taken)
    assert len(invited) == len(set(invited))
    assert {CLARA, ANA, COACH} <= set(invited)
    assert BEN not in invited
    assert [subject for _, subject in audited(mailing)] == invited


def test_whoever_was_removed_before_the_mail_went_gets_none(mailing: Services, house: MailHouse) -> None:
    mailing.members.invite([CLARA], by=AMIRA)
    mailing.members.change(CLARA, status="removed", by=AMIRA)
    mailing.outbox.send_due()
    assert house.taken == []


def test_inviting_is_for_administrators_and_for_active_members(mailing: Services) -> None:
    with pytest.raises(CoachroomError, match="no administrator"):
        mailing.members.invite([CLARA], by=Person(COACH, "Carla", Role.COACH, None, demo=True))
    with pytest.raises(CoachroomError, match="choose active members first"):
        mailing.members.invite(["nobody@example.com"], by=AMIRA)
    with pytest.raises(CoachroomError, match="at most 1,000 at once, not 1,001"):
        mailing.members.invite([CLARA] * 1001, by=AMIRA)
    assert audited(mailing) == []


def test_without_a_mail_server_inviting_is_refused_in_one_sentence(services: Services) -> None:
    with pytest.raises(CoachroomError, match="no mail server is set up"):
        services.members.invite([ANA], by=AMIRA)
    assert "No mail server is set up" in unescaped(words(see(ADMIN, "Members.py")))
    app = card(ANA)
    assert "Invite by mail" not in [button.label for button in app.button]
    assert "you can open your private coaching room now" in app.code[0].value
