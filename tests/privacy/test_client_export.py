"""The ZIP that a client takes away: every row, readable words, and who works with them for how long."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.privacy.client_export import Circumstances
from tests.services import ANA, BEN, NOON, delivery, enter, said, status

CIRCUMSTANCES = Circumstances("A <provider> answers.", "It is kept until you have it erased.")


def unpacked(services: Services, client: str) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(services.own_data.export(client, CIRCUMSTANCES))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def talk(services: Services, client: str, *words: str) -> str:
    session = enter(services, client)
    call = f"call-of-{client}"
    turns = [said(n, text, conversation_id=call) for n, text in enumerate(words, 2)]
    services.intake.receive(session.id, delivery(status(1, "connected", call=call), *turns, sent_at=NOON))
    return session.id


def test_it_holds_what_was_said_to_read_and_every_row_for_programs(services: Services) -> None:
    session = talk(services, ANA, "I <b>want</b> to sleep.", "Really & truly.")
    services.coaching.memory.write(ANA, "You want to sleep")
    files = unpacked(services, ANA)
    assert [turn["message"] for turn in json.loads(files["data/conversations.json"])] == [
        "I <b>want</b> to sleep.",
        "Really & truly.",
    ]
    assert [row["id"] for row in json.loads(files["data/sessions.json"])] == [session]
    read = files["transcripts.html"]
    assert "<b>You:</b> I &lt;b&gt;want&lt;/b&gt; to sleep." in read
    assert read.index("sleep.") < read.index("Really &amp; truly.")
    assert "You want to sleep" in read
    about = files["about.html"]
    assert "A &lt;provider&gt; answers." in about
    assert "<td>data/conversations.json</td><td>2</td><td>what was said</td>" in about


def test_it_holds_nothing_of_anybody_else(services: Services) -> None:
    talk(services, ANA, "Ana's secret")
    talk(services, BEN, "Ben's secret")
    files = unpacked(services, BEN)
    assert "Ben's secret" in files["data/conversations.json"]
    assert not [name for name, text in files.items() if "Ana" in text or ANA in text]


def test_whoever_has_not_been_in_a_session_has_an_export_as_well(services: Services) -> None:
    files = unpacked(services, ANA)
    assert "There is no session yet." in files["transcripts.html"]
    assert "data/members.json" in files


def test_there_is_none_of_nobody(services: Services) -> None:
    with pytest.raises(CoachroomError, match="no client"):
        services.own_data.export("nobody", CIRCUMSTANCES)
