"""Erasing a client: everything of theirs, nothing of anybody else, and nothing brings them back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services, open_services
from coachroom.elevenlabs.call_record import read_record
from coachroom.errors import CoachroomError, RoomNotFoundError, StoreError
from coachroom.people import roster
from coachroom.people.skool_export import read_export
from coachroom.privacy.client_data import RULES, count_rows, delete_rows, ids_of
from coachroom.privacy.erase import note_erasure
from coachroom.privacy.erasures import Erasures
from coachroom.rooms.states import EndReason
from tests.recording.documents import record_document
from tests.services import ANA, BEN, NOON, SECRET, HandClock, delivery, enter, said, settings_for, status, store_of

CALL = "conv_a1"


def talk(services: Services, client: str, call: str) -> str:
    """A session that is over; its id."""
    session = enter(services, client)
    events = status(1, "connected", call=call), said(2, f"I am {client}", conversation_id=call)
    services.intake.receive(session.id, delivery(*events, sent_at=NOON))
    services.coaching.memory.write(client, f"You are {client}")
    services.sessions.end(session.id, EndReason.CLIENT)
    return session.id


def erase(services: Services, client: str = ANA) -> None:
    person = next(each for each in services.people.demo_people() if each.client_id == client)
    services.own_data.erase(client, person.email)


def rows_of_all(services: Services) -> dict[str, list[Any]]:
    return {table: store_of(services).execute(f"SELECT * FROM {table} ORDER BY ALL") for table in RULES}


def test_everything_of_the_client_goes_and_the_others_keep_every_row(services: Services) -> None:
    talk(services, BEN, "conv_b1")
    before = rows_of_all(services)
    before["members"] = [row for row in before["members"] if row[4] != ANA]
    before["client_profiles"] = [row for row in before["client_profiles"] if row[0] != ANA]
    talk(services, ANA, CALL)
    erase(services)
    after = rows_of_all(services)
    (audit,) = [row for row in after.pop("audit_log") if row[3] == "client.erased"]
    assert "ana" not in str(audit).lower()
    assert after.pop("erased_calls") == [(CALL, 0, NOON)]
    for table, rows in after.items():
        assert rows == before[table], table


def test_what_comes_late_of_an_erased_client_is_refused(services: Services) -> None:
    session = talk(services, ANA, CALL)
    erase(services)
    with pytest.raises(RoomNotFoundError):
        services.intake.receive(session, delivery(said(3, "One more thing", conversation_id=CALL), sent_at=NOON))
    assert services.records.receive(read_record(record_document(call=CALL))) is None
    assert store_of(services).execute("SELECT count(*) FROM provider_records") == [(0,)]
    assert services.facts.make_due() == 0


def test_an_erasure_that_a_crash_interrupted_is_finished_at_the_next_start(tmp_path: Path, clock: HandClock) -> None:
    settings = settings_for(tmp_path, demo_sign_in=False)
    services = open_services(settings, clock)
    store = store_of(services)
    store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'Ida', $1)", [NOON])
    ids = ids_of(store, "c1")
    note_erasure(store, Erasures.of(settings), ids, NOON)
    services.close()
    services = open_services(settings, clock)
    with pytest.raises(CoachroomError, match="no client"):
        ids_of(store_of(services), "c1")
    services.close()


def test_a_roster_that_still_names_them_does_not_bring_them_back(tmp_path: Path, services: Services) -> None:
    erasures = Erasures(tmp_path / "erased", SECRET)
    erasures.add("c1", ["Ida@example.com", "m-1"], NOON)
    again = Erasures(tmp_path / "erased", SECRET).recogniser()
    export = read_export(b"Email,Member ID\nida@example.com,m-9\nnew@example.com,m-1\nbo@example.com,m-2\n")
    decided = roster.plan(export, {}, sync=False, erased_at=again)
    assert [member.email for member in decided.added] == ["bo@example.com"]
    assert [row.line for row in decided.unclear] == [2, 3]
    assert "erased on 1 May 2026: add them by hand" in decided.unclear[0].reason


def test_the_list_names_nobody_and_survives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "erased"
    erasures = Erasures(path, SECRET)
    erasures.add("c1", ["ida@example.com"], NOON)
    whole = path.read_bytes()
    assert b"ida" not in whole
    path.write_bytes(whole + whole[: len(whole) // 2])
    erasures.add("c2", ["bo@example.com"], NOON + timedelta(days=1))
    assert [erasure.client for erasure in erasures.all()] == ["c1", "c2"]
    assert Erasures(path, "another secret").recogniser()(["ida@example.com"]) is None


def test_who_was_erased_since_the_file_was_compacted_is_counted(tmp_path: Path) -> None:
    erasures = Erasures(tmp_path / "erased", SECRET)
    erasures.note_compaction(NOON)
    assert not (tmp_path / "erased").exists(), "a list of nobody is no file"
    counts = []
    for client in ("c1", "c2"):
        erasures.add(client, [], NOON)
        counts.append(len(erasures.uncompacted()))
    erasures.note_compaction(NOON)
    assert [*counts, len(erasures.uncompacted())] == [1, 2, 0]
    assert [erasure.client for erasure in erasures.all()] == ["c1", "c2"]


def test_nothing_is_erased_where_the_list_cannot_be_written(services: Services) -> None:
    talk(services, ANA, CALL)
    path = services.settings.database.with_name(services.settings.database.name + ".erased.jsonl")
    path.mkdir()
    with pytest.raises(StoreError, match="nothing was erased"):
        erase(services)
    assert count_rows(store_of(services), ids_of(store_of(services), ANA))["conversations"] == 1


def test_a_deletion_that_fails_half_way_leaves_every_row(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    talk(services, ANA, CALL)
    before = rows_of_all(services)

    def fail_at_the_end(*given: Any) -> dict[str, int]:
        delete_rows(*given)
        raise CoachroomError("The power went.")

    monkeypatch.setattr("coachroom.privacy.erase.delete_rows", fail_at_the_end)
    with pytest.raises(CoachroomError, match="power"):
        erase(services)
    assert rows_of_all(services) == before
