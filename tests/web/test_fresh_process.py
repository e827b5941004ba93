"""What must hold for the very first visitor, and for one whom Streamlit has signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.starlette.starlette_auth_routes import _set_auth_cookie

from coachroom.web.identity import person_of
from coachroom.web.streamlit_sign_in import begin_sign_in
from tests.services import ISSUER, OIDC
from tests.web.serving import serving
from tests.web.tabs import shown, tab

ANA = "ana.silva@example.com"


def test_a_deep_link_to_a_fresh_process_goes_through_home(tmp_path: Path) -> None:
    with serving(tmp_path) as fresh:
        assert PagesManager.uses_pages_directory is False
        with tab(fresh) as page:
            messages = page.run("Members")
    text = shown(messages)
    assert "Anybody on this computer" in text, "Home.py has run"
    assert "Choose who you want to be" in text
    assert "active of" not in text


def test_the_cookie_that_streamlit_signs_in_by_tells_us_who_sends_a_request(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, development_sign_in=True, **OIDC) as running:

        def cookies_of(**claims: Any) -> dict[str, str]:
            response = Response()
            given = {"origin": running.origin, "is_logged_in": True, "iss": ISSUER, "sub": "ana", **claims}
            work = _set_auth_cookie(response, given, {})
            with pytest.raises(StopIteration):
                work.send(None)
            begin_sign_in(response.headers.getlist("set-cookie"))
            pairs = (cookie.split(";")[0].partition("=") for cookie in response.headers.getlist("set-cookie"))
            return {name: value.strip('"') for name, _, value in pairs if value.strip('"')}

        def who(cookies: dict[str, str]) -> str | None:
            person = person_of(cookies, running.services)
            return person and person.email

        proven = cookies_of(email="Ana.Silva@example.com", email_verified=True)
        assert who(proven) == ANA
        assert who(cookies_of(email=ANA, email_verified=True, about="x" * 9_000)) == ANA, "cut into several cookies"
        assert who(cookies_of(email=ANA, email_verified=False)) == ANA, "once known, the subject counts"
        assert who(cookies_of(email=ANA, email_verified=False, sub="unproven")) is None
        assert who(cookies_of(email=ANA, email_verified=True, sub="another")) is None
        assert who(cookies_of(email=ANA, email_verified=True, is_logged_in=False)) is None
        assert who(cookies_of(email=ANA, email_verified=True, sub=None)) is None
        assert who({name: value[:-2] + "xx" for name, value in proven.items()}) is None
        assert who({}) is None
