"""Privacy and help: what a client can read at any time, and how they take their agreement back."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from coachroom.app.container import Services
from coachroom.clock import long_date
from coachroom.people.sign_ins import FRESH
from coachroom.rooms.consent import VERSION
from tests.services import HandClock, enter, store_of
from tests.ui.pages import ANA, BEN, COACH, data, see, titles, words

CLIENT = "demo-ana"


def press(app, key: str):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_the_page_says_who_sees_what_who_processes_how_long_and_what_is_kept(services: Services) -> None:
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE client_id = $2", [COACH, CLIENT])
    text = words(see(ANA, "Privacy.py"))
    for what in (
        "Your human coach, Carla Mendes,", "titles of your goals and next steps", "stars", "when your sessions were",
        "likely you are to come back", "a practice coach on this computer", "stays in your browser", "no end date",
        "fingerprint", "Whoever runs this server",
    ):  # fmt: skip
        assert what in text
    assert "Back to your home page" in [link.proto.label for link in see(ANA, "Privacy.py").get("page_link")]
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE email = $1", [BEN])
    assert "A human coach" in words(see(BEN, "Privacy.py"))


def test_a_client_takes_everything_away_and_it_is_in_the_audit_log(services: Services) -> None:
    app = press(see(ANA, "Privacy.py"), "own_data")
    (link,) = app.get("link_button")
    person = services.people.find(ANA)
    file = services.downloads.find(link.proto.url.rpartition("/")[2], person)
    assert file is not None
    with zipfile.ZipFile(file.path) as archive:
        assert "a practice coach on this computer" in archive.read("about.html").decode()
        assert CLIENT in archive.read("data/client_profiles.json").decode()
    assert services.downloads.find(file.id, services.people.find(BEN)) is None
    assert store_of(services).execute("SELECT actor, subject FROM audit_log WHERE action = 'own_data.export'") == [
        (ANA, CLIENT)
    ]


def test_who_signed_in_a_while_ago_is_asked_to_sign_in_again(services: Services, clock: HandClock) -> None:
    app = see(ANA, "Privacy.py")
    clock.forward(FRESH.total_seconds())
    app.button(key="own_data").click().run()
    assert not app.get("link_button")
    assert "sign in again" in words(app)
    assert not [button for button in app.button if button.key == "own_data"]


def test_a_client_erases_themself_once_they_say_that_they_mean_it(services: Services) -> None:
    session = enter(services, CLIENT)
    app = press(see(ANA, "Privacy.py"), "own_data")
    (link,) = app.get("link_button")
    file = services.downloads.find(link.proto.url.rpartition("/")[2], services.people.find(ANA))
    assert file is not None
    app = press(app, "erase")
    assert "Nothing was erased" in words(app)
    app.text_input(key="erase_sure").set_value("Erase ")
    press(app, "erase")
    assert titles(app) == ["Everything that was kept of you is erased"]
    assert services.people.find(ANA) is None
    assert not file.path.exists()
    assert services.rooms.session(session.id) is None
    assert titles(see(ANA)) == ["We can't find you among the members"]
    assert services.people.find(BEN) is not None


def test_erasing_asks_for_a_fresh_sign_in_too(services: Services, clock: HandClock) -> None:
    app = see(ANA, "Privacy.py")
    app.text_input(key="erase_sure").set_value("erase")
    clock.forward(FRESH.total_seconds())
    app.button(key="erase").click().run()
    assert "sign in again" in words(app)
    assert services.people.find(ANA) is not None


def test_the_page_speaks_of_the_provider_where_there_is_one(tmp_path, clock) -> None:
    from coachroom.app import current
    from coachroom.people.demo import seed_demo_people
    from tests.services import OIDC, opened, writer_of

    with opened(tmp_path, clock, agent_provider="elevenlabs", **OIDC) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        text = words(see(ANA, "Privacy.py"))
    assert "ElevenLabs, a company" in text
    assert "is asked to delete a conversation after 30 days" in text
    assert "goes to this server and back to you" in text


def test_agreement_is_taken_back_and_the_next_session_asks_again(services: Services) -> None:
    app = see(ANA, "Privacy.py")
    assert "You have not agreed to the notice." in words(app)
    assert "withdraw" not in [button.key for button in app.button]
    services.rooms.give_consent(CLIENT)
    room = services.rooms.create(CLIENT)
    session = services.rooms.enter(room.id, CLIENT)
    app = see(ANA, "Privacy.py")
    assert f"You agreed to the notice of {long_date(date.fromisoformat(VERSION))} on" in words(app)
    press(app, "withdraw")
    assert "You have not agreed to the notice." in words(app)
    assert [each.value for each in app.toast] == ["Taken back\\. You are asked again before your next session\\."]
    over = services.rooms.session(session.id)
    assert over is not None
    assert over.status.over
    assert titles(see(ANA, "Room.py", room=services.rooms.create(CLIENT).id)) == ["Before you begin"]


def test_no_thank_you_leads_home_and_nothing_is_recorded(services: Services) -> None:
    app = press(see(ANA, "Room.py", room=services.rooms.create(CLIENT).id), "decline_consent")
    assert titles(app) == ["Hello Ana"]
    assert not services.rooms.has_consent(CLIENT)
    assert store_of(services).execute("SELECT count(*) FROM sessions") == [(0,)]


@pytest.mark.usefixtures("services")
def test_help_is_on_each_of_a_clients_pages_and_on_one_of_its_own() -> None:
    for page in (None, "Goals.py", "Privacy.py"):
        here = data(see(ANA, page), "help_now")
        assert (here["country"], here["more"]) == ("another country", "/Help")
        assert here["lines"][0]["web"] == "https://findahelpline.com"
    app = see(ANA, "Help.py")
    app.selectbox(key="help_country").select("Germany").run()
    assert "Emergency: **112**" in words(app)
    assert "0800 111 0 111" in words(app)
    assert "help_now" not in str(see(COACH).get("bidi_component"))
