"""What a browser loads first has our name and our style, before any script runs; scripts come compressed."""

from __future__ import annotations

import re
import zlib

import pytest

from coachroom.web.compressed_scripts import CompressedScripts
from coachroom.web.first_document import STYLE_SHEETS, UI, our_document
from tests.ui.pages import PAGES
from tests.web.serving import Served

UNPACKED = {"accept-encoding": "identity"}


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("path", ["/", "/Goals", "/Room?room=x"])
def test_every_page_begins_with_our_name_and_our_style(served: Served, path: str, coding: str) -> None:
    with served.browser() as browser:
        answer = browser.get(path, headers={"accept-encoding": coding})
    assert answer.headers.get("content-encoding", "identity") == coding
    assert "<title>coachroom</title>" in answer.text
    for sheet in STYLE_SHEETS:
        assert (UI / sheet).read_text(encoding="utf-8") in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/Nonsense", "/a/b", "/Goals/more", "/static/no.js", "/Goals.js", "/goals/more"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_an_address_without_a_page_says_so_to_everybody(served: Served, path: str, coding: str) -> None:
    with served.browser() as browser:
        answer = browser.get(path, headers={"accept-encoding": coding})
    assert answer.status_code == 404
    assert "<h1>There is no page at this address</h1>" in answer.text
    assert "href='/'" in answer.text
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/goals", "/Goals"),
        ("/SESSION?session=a%20b&x=%0D%0A", "/Session?session=a%20b&x=%0D%0A"),
        ("/Goals.", "/Goals"),
        ("/Goals%20", "/Goals"),
        ("/privacy%29%2C", "/Privacy"),
        ("/Start", "/"),
        ("/home", "/"),
        ("/index.html", "/"),
        ("/favicon.ico", "/apple-touch-icon.png"),
    ],
)
def test_an_address_as_people_type_and_copy_it_leads_to_its_page(served: Served, asked: str, led_to: str) -> None:
    with served.browser() as browser:
        answer = browser.get(asked, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, led_to)
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/", "/Goals", "/goals", "/Nonsense", "/healthz", "/app-icon.svg"])
def test_who_asks_for_the_head_alone_is_told_the_same(served: Served, path: str) -> None:
    with served.browser() as browser:
        whole = browser.get(path, follow_redirects=False)
        head = browser.head(path, follow_redirects=False)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "location", "content-length"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_every_page_has_an_address(served: Served) -> None:
    with served.browser() as browser:
        for page in PAGES:
            assert browser.get(f"/{page.removesuffix('.py').replace('Start', '')}").status_code == 200


def test_our_own_answers_stay_as_they_are(served: Served) -> None:
    with served.browser() as browser:
        assert "<style>" not in browser.get("/healthz").text
        assert "<style>" not in browser.get("/manifest.json").text


def test_another_document_of_streamlit_s_is_refused() -> None:
    with pytest.raises(ValueError, match=r"index\.html"):
        our_document("<html><body></body></html>")


def test_scripts_come_compressed_to_whom_can_unpack_them(served: Served) -> None:
    with served.browser() as browser:
        scripts = re.findall(r'"\./(static/[^"]*\.(?:js|css))"', browser.get("/").text)
        assert len(scripts) > 50
        for script in scripts[:5] + scripts[-1:]:
            plain = browser.get(f"/{script}", headers=UNPACKED)
            with browser.stream("GET", f"/{script}", headers={"accept-encoding": "gzip, br"}) as packed:
                body = b"".join(packed.iter_raw())
            assert zlib.decompress(body, zlib.MAX_WBITS | 16) == plain.content
            assert packed.headers["content-encoding"] == "gzip"
            assert packed.headers["content-type"].startswith(("text/javascript", "text/css"))
            for name in ("cache-control", "x-content-type-options"):
                assert packed.headers[name] == plain.headers[name]
            assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("headers", [{"accept-encoding": "gzip;q=0"}, {"range": "bytes=0-9"}, UNPACKED])
def test_who_cannot_unpack_gets_them_as_they_are(served: Served, headers: dict[str, str]) -> None:
    with served.browser() as browser:
        script = re.findall(r'src="\.(/static/[^"]*\.js)"', browser.get("/").text)[0]
        assert "content-encoding" not in browser.get(script, headers=headers).headers


def test_only_files_that_are_there_are_kept() -> None:
    async def nothing(*_: object) -> None:
        raise AssertionError

    files = CompressedScripts(nothing)._files
    assert files
    assert all(path.is_file() for path in files.values())
