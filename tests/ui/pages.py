"""Pages as somebody sees them, without a browser: Streamlit's AppTest around our own services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from coachroom.app import current
from coachroom.people.identities import identity_in, sign_in_id
from tests.services import ISSUER

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py"))
ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"
COACH, ANALYST, ADMIN = "carla.mendes@example.com", "anton.weber@example.com", "amira.haddad@example.com"
# What the frame draws around each page.
AROUND = frozenset({"page_frame", "help_now", "person", "leave"})
# What AppTest calls each of its tabs.
TAB = "test session id"


class PagesThroughHome(PagesManager):
    """As our server sets it up: AppTest would take the pages folder for an app of the first kind, without Home.py."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        PagesManager.uses_pages_directory = False


def claims(email: str, *, verified: Any = True) -> dict[str, Any]:
    """What a sign-in at a provider has proven."""
    return {"is_logged_in": True, "iss": ISSUER, "sub": email, "email": email, "email_verified": verified}


def begin_sign_in(user: dict[str, Any]) -> None:
    """What the provider's answer does before a page is shown: the sign-in is on record."""
    id, identity = sign_in_id(user), identity_in(user)
    if id is not None and identity is not None:
        current.get_services().sign_ins.begin(id, identity)


def see(email: str | None, page: str | None = None, **query: str) -> AppTest:
    """The app as this person sees it who signs in now, at one of its pages."""
    app = AppTest.from_file(ROOT / "Home.py", default_timeout=120)
    now = str(current.get_services().clock())
    app.user = claims(email) | {"iat": now} if email else {"is_logged_in": False}
    begin_sign_in(app.user)
    app.run()
    if page:
        app.switch_page(f"pages/{page}")
        app.query_params.update(query)
        app.run()
    assert not app.exception, app.exception
    return app


def alone(page: str, user: dict[str, Any], **query: str) -> AppTest:
    """One page file without Home.py around it, as Streamlit runs it for a deep link where nothing forbids that."""
    app = AppTest.from_file(ROOT / "Home.py", default_timeout=120)
    app.switch_page(f"pages/{page}")
    app.user = user
    begin_sign_in(user)
    app.query_params.update(query)
    with patch.object(app_test, "PagesManager", PagesManager):
        return app.run()


def words(app: AppTest) -> str:
    """All plain and marked-up text of a page, a line each."""
    kinds = ("title", "subheader", "header", "markdown", "text", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def titles(app: AppTest) -> list[str]:
    return [title.value for title in app.title]


def components(app: AppTest) -> dict[str, Any]:
    """Our browser components on the page, by key, each with the data that it was given; those around each aside."""
    return {key: proto for key, proto in _all_components(app).items() if key not in AROUND}


def buttons(app: AppTest) -> list[str]:
    """The keys of the page's buttons, those around each page aside."""
    return [str(button.key) for button in app.button if button.key not in AROUND]


def data(app: AppTest, key: str) -> dict[str, Any]:
    """What the page hands to one of our browser components."""
    handed: dict[str, Any] = json.loads(_all_components(app)[key].json)
    return handed


def _all_components(app: AppTest) -> dict[str, Any]:
    return {key_of(each.proto): each.proto for each in app.get("bidi_component")}


def key_of(proto: Any) -> str:
    return str(proto.id).rpartition("-")[2]
