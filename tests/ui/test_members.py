"""Members: what an administrator does about sign-ins, and what the person sees."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from tests.services import HandClock, store_of
from tests.ui.pages import ADMIN, ANA, BEN, alone, begin_sign_in, claims, see, titles, words

SIGNED_OUT = "You are signed out"
OTHER = "We know this address by another account"


def other_account(services: Services, subject: str = "another") -> AppTest:
    """Somebody comes with Ana's address and another account."""
    see(ANA)
    return alone("Start.py", claims(ANA) | {"sub": subject})


def test_a_changed_account_is_told_to_the_administrator_who_lets_it_in(services: Services, clock: HandClock) -> None:
    person = other_account(services)
    assert titles(person) == [OTHER]
    assert ANA in words(person)
    clock.forward(60)
    home = see(ADMIN)
    assert "1 sign-in came with a member's e-mail but from another account" in words(home)
    app = see(ADMIN, "Members.py")
    assert "Account another at https://id.example.com" in words(app)
    app.button(key="accept_0").click().run()
    assert not app.exception
    assert "Sign-ins that wait for your word" not in words(app)
    assert titles(alone("Start.py", claims(ANA) | {"sub": "another"})) == ["Hello Ana"]
    assert titles(see(ANA)) == [OTHER]


def test_an_account_that_is_kept_out_waits_no_more(services: Services) -> None:
    other_account(services)
    app = see(ADMIN, "Members.py")
    app.button(key="refuse_0").click().run()
    assert not app.exception
    assert services.identities.waiting() == []
    assert titles(alone("Start.py", claims(ANA) | {"sub": "another"})) == [OTHER]
    assert "another account" not in words(see(ADMIN))


def test_an_account_that_another_administrator_decided_about_is_said_so(services: Services) -> None:
    other_account(services)
    app = see(ADMIN, "Members.py")
    (waiting,) = services.identities.waiting()
    services.identities.refuse(waiting, ADMIN)
    app.button(key="accept_0").click().run()
    assert "Another administrator has decided" in words(app)
    assert titles(alone("Start.py", claims(ANA) | {"sub": "another"})) == [OTHER]


@pytest.mark.usefixtures("services")
def test_what_an_account_is_called_does_not_come_alive(services: Services) -> None:
    other_account(services, "![x](https://evil.example/x.png)")
    app = see(ADMIN, "Members.py")
    assert "Account ![x](https://evil.example/x.png) at" in "\n".join(text.value for text in app.text)
    assert not any("evil" in markdown.value for markdown in app.markdown)


def test_an_administrator_signs_a_member_out_everywhere(services: Services, clock: HandClock) -> None:
    ana, ben = see(ANA), see(BEN)
    app = see(ADMIN, "Members.py", member=ANA)
    clock.forward(1)
    app.button(key="sign_out_member").click().run()
    assert not app.exception
    assert SIGNED_OUT in words(ana.run())
    assert titles(ben.run()) == ["Hello Ben"]
    assert store_of(services).execute(
        "SELECT actor, subject FROM audit_log WHERE action = 'sign_out.everywhere'"
    ) == [(ADMIN, ANA)]


def test_the_profile_page_signs_out_everywhere(services: Services) -> None:
    app = see(ANA, "Profile.py")
    assert [button.label for button in app.button if button.key == "sign_out"] == ["Sign out everywhere"]
    assert "in all windows and on all devices" in words(app)
    assert "in all windows and on all devices" in words(see(ANA)), "home says the same of its button"


def test_a_button_pressed_after_the_sign_out_does_nothing(services: Services, clock: HandClock) -> None:
    """Callbacks run before the page's first line asks who is there."""
    app = see(ANA, "Profile.py")
    (called,) = [each for each in app.text_input if str(each.key).startswith("called_")]
    called.input("Somebody else")
    clock.forward(1)
    services.sign_ins.end_all_of(ANA, ADMIN)
    next(button for button in app.button if button.label == "Save").click().run()
    assert SIGNED_OUT in words(app)
    assert not services.coaching.profiles.get("demo-ana").saved


def test_who_comes_back_after_a_sign_out_signs_in_anew(services: Services, clock: HandClock) -> None:
    app = see(ANA)
    clock.forward(13 * 3600)
    assert SIGNED_OUT in words(app.run())
    assert SIGNED_OUT not in words(see(None)), "a stranger was never signed in"
    fresh = claims(ANA) | {"iat": 2}
    begin_sign_in(fresh)
    assert titles(alone("Start.py", fresh)) == ["Hello Ana"]
