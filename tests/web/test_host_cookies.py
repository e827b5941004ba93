"""Behind https, the browser knows our cookies by names that no neighbour can set."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit.web.server.starlette import starlette_server_config as streamlit_cookies

from coachroom.web.host_cookies import HostCookies
from coachroom.web.identity import NEXT_COOKIE, SIGN_IN_COOKIE

# Read by Streamlit's page under its own name.
READ_BY_THE_PAGE = {streamlit_cookies.XSRF_COOKIE_NAME}
OF_STREAMLIT = {value for name, value in vars(streamlit_cookies).items() if name.endswith("_COOKIE_NAME")}
OURS = {NEXT_COOKIE, SIGN_IN_COOKIE}
CHUNKS = {f"{streamlit_cookies.USER_COOKIE_NAME}_1", f"{streamlit_cookies.TOKENS_COOKIE_NAME}_12"}


async def _set_and_read(request: Request) -> Response:
    response = JSONResponse(request.cookies)
    for name in request.query_params:
        response.set_cookie(name, "new", httponly=True, samesite="lax")
        response.delete_cookie(name)
    return response


def ask(path: str = "/", cookie: str = "") -> httpx.Response:
    app = Starlette(routes=[Route("/", _set_and_read)], middleware=[Middleware(HostCookies)])

    async def answer() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app") as client:
            return await client.get(path, headers={"cookie": cookie} if cookie else {})

    return asyncio.run(answer())


@pytest.mark.parametrize("name", sorted((OF_STREAMLIT - READ_BY_THE_PAGE) | OURS | CHUNKS))
def test_every_cookie_that_no_page_reads_has_the_prefix(name: str) -> None:
    cookies = ask(f"/?{name}=1").headers.get_list("set-cookie")
    assert len(cookies) == 2, "set and deleted"
    for cookie in cookies:
        assert cookie.startswith(f"__Host-{name}=")
        assert "path=/" in cookie.lower()
        assert "domain" not in cookie.lower()
    assert ask(cookie=f"__Host-{name}=value; other=x").json() == {name: "value", "other": "x"}
    assert ask(cookie=f"{name}=planted").json() == {}, "a neighbour's page may set one without the prefix"
    assert ask(cookie=f"{name}=planted; __Host-{name}=value").json() == {name: "value"}


@pytest.mark.parametrize("name", sorted(READ_BY_THE_PAGE | {"somebody_elses", "_streamlit_user_x", "_streamlit"}))
def test_other_cookies_pass_as_they_are(name: str) -> None:
    assert ask(f"/?{name}=1").headers["set-cookie"].startswith(f"{name}=")
    assert ask(cookie=f"{name}=value").json() == {name: "value"}


def test_without_cookies_nothing_changes() -> None:
    assert ask().json() == {}
    assert ask(cookie="a=b; c=d").json() == {"a": "b", "c": "d"}
