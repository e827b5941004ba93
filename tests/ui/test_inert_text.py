"""An address, a picture or a formula in what somebody wrote does nothing on anybody's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.demo import seed_demo_people
from coachroom.store.store import Transaction
from coachroom.ui.formatting import plain
from tests.metrics.community import write_facts
from tests.services import NOON, OIDC, HandClock, opened, writer_of
from tests.ui.crowd import fill
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, PAGES, alone, claims

CLIENTS = 12
BAIT = "https://evil.example/a www.evil.example me@evil.example ![p](//evil.example) [l](//evil.example) :red[r] $x$ "
# What the browser makes a link of, even where each of its signs is escaped.
AUTOLINK = re.compile(r"https?://[-.\w]|www\.[-.\w]|[-.\w+]@[-\w]", re.IGNORECASE)
UNESCAPED = re.compile(r"(?<!\\)(?:\]\(|:red\[|\$x)")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# Elements, and fields of others, whose text the browser shows as it is.
NO_MARKDOWN = {"text", "code", "arrow_data_frame", "vega_lite_chart", "bidi_component"}
NO_MARKDOWN_FIELDS = {"value", "default", "options", "placeholder", "id", "form_id", "url", "query_string"}
# Pages of one client or session, and parts of the community by a name that somebody gave.
QUERIES = (
    {},
    {"session": "s0", "client": "client-2"},
    {"session": "s1", "client": "demo-ana"},
    {"compare": "tier", "metric": "Session outcomes"},
)


@pytest.fixture(scope="module")
def baited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    now = NOON + timedelta(days=6)
    with opened(tmp_path_factory.mktemp("bait"), HandClock(now), self_view="local", **OIDC) as services:
        seed_demo_people(writer_of(services), NOON)
        fill(services, CLIENTS, NOON, BAIT)

        def bait_names(transaction: Transaction) -> None:
            transaction.execute("UPDATE members SET display_name = $1 || display_name, tier = $1", [BAIT])
            transaction.execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [COACH])
            for status in ("open", "accepted", "asked"):
                transaction.execute(
                    "INSERT INTO coach_questions (id, client_id, coach_email, words, why, status, proposed_at, "
                    "told_at) VALUES ($1, 'demo-ana', $2, $3, $3, $1, $4, $4)",
                    [status, COACH, BAIT, NOON],
                )
            write_facts(transaction, [f"s{n}" for n in range(CLIENTS)])

        writer_of(services).submit(bait_names).result()
        yield services


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """The text fields of an element as the browser gets it, each with its name."""
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                yield from texts(each)
            elif isinstance(each, str):
                yield field.name, each


# Nothing but text in one element of ours.
WORDS_WITH_LANGUAGE = re.compile(r'<div class="said" lang="[a-z]{2}">[^<>]*</div>')


def comes_alive(markdown: str) -> bool:
    return bool(UNESCAPED.search(markdown) or AUTOLINK.search(ESCAPED.sub(r"\1", markdown)))


def alive(app: AppTest) -> list[tuple[str, str, str]]:
    """Kind, field and text of what somebody wrote and a browser would make something of."""
    return [
        (node.type, field, text)
        for node in (*app.main, *app.sidebar)
        if node.type not in NO_MARKDOWN and isinstance(getattr(node, "proto", None), Message)
        for field, text in texts(node.proto)
        if field not in NO_MARKDOWN_FIELDS and "evil" in text
        if (WORDS_WITH_LANGUAGE.fullmatch(text) is None if node.type == "html" else comes_alive(text))
    ]


@pytest.mark.parametrize("who", [ANA, COACH, ANALYST, ADMIN])
def test_nothing_that_somebody_wrote_comes_alive_on_any_page(baited: Services, who: str) -> None:
    current.install(baited)
    for page in PAGES:
        for query in QUERIES:
            app = alone(page, claims(who), **query)
            assert not app.exception
            assert alive(app) == [], page


@given(st.text(st.sampled_from("htpsw:/.@aA-_\\[](!$\N{WORD JOINER} "), max_size=60) | st.text())
def test_no_text_is_more_than_text(written: str) -> None:
    shown = plain(written)
    assert not AUTOLINK.search(ESCAPED.sub(r"\1", shown))
    assert ESCAPED.sub(r"\1", shown).replace("\N{WORD JOINER}", "") == written.replace("\N{WORD JOINER}", "")
