"""The first line of every page: who sees it, who sees what to do instead."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from tests.services import opened, store_of, writer_of
from tests.ui.pages import ADMIN, ANA, ANALYST, BEN, COACH, PAGES, ROOT, alone, claims, components, see, titles, words

NOT_SIGNED_IN = "A quiet room to think aloud"
NO_MEMBER = "We can't find you among the members"
NOT_YOURS = "This page is not for your role"
EVERYBODY = {ANA, BEN, COACH, ANALYST, ADMIN}
STAFF = {COACH, ANALYST, ADMIN}
# Who may open which page. A new page stands here before it stands anywhere.
OPEN_TO = {
    "Appointments.py": {ANA, BEN},
    "Calendar.py": {COACH},
    "Goals.py": {ANA, BEN},
    "Help.py": {ANA, BEN},
    "Privacy.py": {ANA, BEN},
    "Members.py": {ADMIN},
    "Import.py": {ADMIN},
    "Audit.py": {ADMIN},
    "System.py": {ADMIN},
    "Memory.py": {ANA, BEN},
    "Profile.py": {ANA, BEN},
    "Room.py": {ANA, BEN},
    "Session.py": {ANA, BEN},
    "Start.py": EVERYBODY,
    "Join.py": {COACH},
    "Clients.py": {COACH, ADMIN},
    "Effectiveness.py": STAFF,
    "Engagement.py": STAFF,
    "Explore.py": {ANALYST, ADMIN},
    "Overview.py": STAFF,
    "Quality.py": STAFF,
    "Satisfaction.py": STAFF,
}
PEOPLE = sorted(EVERYBODY)
REMOVE = "UPDATE members SET status = 'removed' WHERE email = $1"


@pytest.mark.parametrize("page", PAGES)
def test_the_first_thing_a_page_does_is_to_ask_the_guard(page: str) -> None:
    tree = ast.parse((ROOT / "pages" / page).read_text(encoding="utf-8"))
    statements = [each for each in tree.body if not isinstance(each, (ast.Import, ast.ImportFrom))]
    assert isinstance(statements[0], ast.Expr), "a page says what it is for"
    calls = [each for each in ast.walk(statements[1]) if isinstance(each, ast.Call)]
    # Arguments are evaluated first: the innermost call is the one that happens first.
    first = next(call for call in calls if not any(isinstance(arg, ast.Call) for arg in call.args))
    assert ast.unparse(first.func) == "guard.require"


def test_every_page_is_spoken_of_here() -> None:
    assert set(PAGES) <= set(OPEN_TO)


def let_in(app: AppTest) -> bool:
    """Whether the page shows what it is for; if not, it shows a sentence and nothing else."""
    assert not app.exception
    if NOT_SIGNED_IN in titles(app) or NO_MEMBER in titles(app) or NOT_YOURS in titles(app):
        assert len(titles(app)) == 1
        assert not app.dataframe
        assert not set(components(app)) & {"create_room", "agent_box", "controls", "lobby"}
        return False
    return True


@pytest.mark.usefixtures("services")
def test_every_role_has_a_home_of_its_own() -> None:
    homes = {email: titles(see(email))[0] for email in PEOPLE}
    assert homes[ANA] == "Hello Ana"
    assert len(set(homes.values())) == len(PEOPLE)
    assert not set(homes.values()) & {NOT_SIGNED_IN, NO_MEMBER, NOT_YOURS}


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("page", PAGES)
def test_the_menu_leads_nobody_to_a_page_that_is_not_for_them(page: str) -> None:
    for email in EVERYBODY - OPEN_TO[page]:
        with pytest.raises(ValueError, match=r"not.*registered|Could not find page"):
            see(email, page)


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    "page", ["Members.py", "Import.py", "Audit.py", "System.py", "Room.py", "Session.py", "Start.py"]
)
def test_a_page_opens_for_those_it_is_for(page: str) -> None:
    for email in OPEN_TO[page]:
        assert let_in(see(email, page))


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("user", "title"), [({"is_logged_in": False}, NOT_SIGNED_IN), (claims("nobody@example.com"), NO_MEMBER)]
)
def test_a_page_alone_shows_nothing_to_somebody_we_do_not_know(
    page: str, user: dict[str, object], title: str
) -> None:
    app = alone(page, user)
    assert not let_in(app)
    assert titles(app) == [title]


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("user", "title"),
    [
        ({}, NOT_SIGNED_IN),
        ({"email": ANA, "email_verified": False}, NOT_SIGNED_IN),
        (claims(ANA, verified=False), NO_MEMBER),
        (claims(ANA, verified="true"), NO_MEMBER),
        ({"is_logged_in": True}, NO_MEMBER),
    ],
)
def test_only_a_proven_address_counts(user: dict[str, object], title: str) -> None:
    assert titles(alone("Start.py", user)) == [title]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_alone_shows_nothing_to_other_roles_and_writes_down_who_asked(services: Services, page: str) -> None:
    for email in EVERYBODY - OPEN_TO[page]:
        app = alone(page, claims(email))
        assert not let_in(app)
        assert titles(app) == [NOT_YOURS]
    writer_of(services).submit(lambda _: None).result()
    written = store_of(services).execute("SELECT actor FROM audit_log WHERE action = 'page_refused'")
    assert {actor for (actor,) in written} == EVERYBODY - OPEN_TO[page]


@pytest.mark.parametrize("email", PEOPLE)
def test_a_member_who_is_removed_between_two_runs_is_out_at_the_second(services: Services, email: str) -> None:
    app = see(email)
    assert let_in(app)
    store_of(services).execute(REMOVE, [email])
    app.run()
    assert not let_in(app)
    assert titles(app) == [NO_MEMBER]
    assert email in words(app)


def test_a_client_who_is_removed_while_in_the_room_is_out_of_it(services: Services) -> None:
    services.rooms.give_consent("demo-ana")
    room = services.rooms.create("demo-ana")
    services.rooms.enter(room.id, "demo-ana")
    app = see(ANA, "Room.py", room=room.id)
    assert "agent_box" in components(app)
    store_of(services).execute(REMOVE, [ANA])
    app.run()
    assert titles(app) == [NO_MEMBER]
    assert "agent_box" not in components(app)
    session = services.rooms.open_session_in(room.id)
    assert session is not None
    assert services.presence.holder(session.id) is None, "the session ends after the grace period"


def test_a_role_that_changed_counts_at_once(services: Services) -> None:
    store_of(services).execute("UPDATE members SET role = 'analyst' WHERE email = $1", [ADMIN])
    assert titles(see(ADMIN)) == titles(see(ANALYST))
    assert titles(alone("Members.py", claims(ADMIN))) == [NOT_YOURS]


def test_the_letters_of_an_address_may_be_large(services: Services) -> None:
    assert titles(see(ANA.upper())) == ["Hello Ana"]
    assert services.people.find(ANA) is not None


@pytest.mark.usefixtures("services")
def test_who_is_not_signed_in_finds_the_way_in_and_no_demo_person_with_real_sign_in() -> None:
    app = see(None)
    assert titles(app) == [NOT_SIGNED_IN]
    assert "Demo." not in words(app)
    (way_in,) = components(app).values()
    assert json.loads(way_in.json)["href"].startswith("/login?next=%2F")


def test_development_sign_in_offers_the_demo_people_and_says_that_it_is_a_demo(tmp_path: Path) -> None:
    with opened(tmp_path) as services:
        current.install(services)
        app = see(None)
        assert "as_" + ANA in components(app)
        assert len(components(app)) == 6
        assert "Anybody on this computer can sign in here as anybody." in words(app)
