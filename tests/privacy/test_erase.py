"""Erasing a client: everything of theirs, nothing of anybody else, and nothing brings them back."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services, open_services
from coachroom.elevenlabs.call_record import read_record
from coachroom.errors import (
    MISTAKE,
    CoachroomError,
    RoomNotFoundError,
    StoreError,
    UnfitDatabaseError,
    exit_status,
)
from coachroom.people import roster
from coachroom.people.audit import write_audit
from coachroom.people.skool_export import read_export
from coachroom.privacy.client_data import RULES, count_rows, delete_rows, ids_of
from coachroom.privacy.erase import note_erasure
from coachroom.privacy.erasure_lines import WhatGoes
from coachroom.privacy.erasures import Erasures
from coachroom.rooms.states import EndReason
from coachroom.store.store import Store
from tests.open_server import until
from tests.recording.documents import record_document
from tests.services import (
    ANA,
    BEN,
    NOON,
    SECRET,
    HandClock,
    delivery,
    enter,
    list_of,
    opened,
    said,
    settings_for,
    stalled_writer,
    status,
    store_of,
)

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
    return {table: sorted(store_of(services).execute(f"SELECT * FROM {table}"), key=str) for table in RULES}


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


def test_what_comes_while_a_client_is_erased_is_refused_too(services: Services) -> None:
    session = talk(services, ANA, CALL)
    late = delivery(said(3, "One more thing", conversation_id=CALL), sent_at=NOON)
    with ThreadPoolExecutor(2) as people:
        with stalled_writer(services):
            erasing = people.submit(erase, services)
            until(lambda: services.store_status.writes_waiting)
            arriving = people.submit(services.intake.receive, session, late)
            # By then a delivery that waits for nobody has queued its turn.
            wait([arriving], 0.5)
        erasing.result()
        with pytest.raises(RoomNotFoundError):
            arriving.result()
    assert store_of(services).execute("SELECT count(*) FROM conversations") == [(0,)]


def test_an_erasure_that_a_crash_interrupted_is_finished_at_the_next_start(tmp_path: Path, clock: HandClock) -> None:
    settings = settings_for(tmp_path, demo_sign_in=False)
    services = open_services(settings, clock)
    store = store_of(services)
    store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'Ida', $1)", [NOON])
    ids = ids_of(store, "c1")
    with store.transaction() as transaction:
        note_erasure(transaction, list_of(services), ids, NOON)
    services.close()
    services = open_services(settings, clock)
    with pytest.raises(CoachroomError, match="no client"):
        ids_of(store_of(services), "c1")
    services.close()


def test_a_roster_that_still_names_them_does_not_bring_them_back(tmp_path: Path, services: Services) -> None:
    with store_of(services).transaction() as transaction:
        Erasures(tmp_path / "erased", SECRET).add(transaction, "c1", ["Ida@example.com", "m-1"], NOON)
    again = Erasures(tmp_path / "erased", SECRET).recogniser(store_of(services))
    export = read_export(b"Email,Member ID\nida@example.com,m-9\nnew@example.com,m-1\nbo@example.com,m-2\n")
    decided = roster.plan(export, {}, sync=False, erased_at=again)
    assert [member.email for member in decided.added] == ["bo@example.com"]
    assert [row.line for row in decided.unclear] == [2, 3]
    assert "erased on 1 May 2026: add them by hand" in decided.unclear[0].reason


def test_the_list_names_nobody_and_survives_a_line_that_was_cut_off(tmp_path: Path, services: Services) -> None:
    path = tmp_path / "erased"
    erasures, store = Erasures(path, SECRET), store_of(services)
    with store.transaction() as transaction:
        erasures.add(transaction, "c1", ["ida@example.com"], NOON)
        whole = path.read_bytes()
        assert b"ida" not in whole
        path.write_bytes(whole + whole[: len(whole) // 2])
        erasures.add(transaction, "c2", ["bo@example.com"], NOON + timedelta(days=1))
    assert [erasure.client for erasure in erasures.all(store)] == ["c1", "c2"]
    assert Erasures(path, "another secret").recogniser(store)(["ida@example.com"]) is None


@pytest.mark.parametrize(
    "line",
    [
        '{"client": "c1"}',
        '{"client": "c1", "erased_at": 1, "keys": []}',
        '{"client": "c1", "erased_at": "yesterday", "keys": []}',
        '{"session": "s1", "what_goes": "all"}',
        '{"client": "c1", "erased_at": null, "keys": []}',
        '{"client": "c1", "erased_at": "", "keys": []}',
        '{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": [{}]}',
        '{"client": ["c1"], "erased_at": "2026-05-01T12:00:00Z", "keys": []}',
        '{"member": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": []}',
        '{"session": ["s1"], "deleted_at": "2026-05-01T12:00:00Z", "what_goes": "session"}',
        '{"session": "s1", "deleted_at": null, "what_goes": "session"}',
        '{"deleted_at": null}',
        '{"deleted_at": "2026-05-01T12:00:00Z", "check": []}',
        "{}",
        "[" * 100_000,
        # As whoever changes it by hand may leave it.
        '{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": []},',
        "{“client”: “c1”, “erased_at”: “2026-05-01T12:00:00Z”, “keys”: []}",
        "client: c1",
        '"c1"',
        '{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": []',
        '{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": [,]},',
        '{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": };',
        # As a crash leaves it that lost the first page of a line: it may as well be one that was whole before.
        '\0\0\0\0\0\0\0\0\0erased_at": "2026-05-01T12:00:00Z", "keys": []}',
    ],
)
def test_a_line_that_says_too_little_is_one_sentence(tmp_path: Path, services: Services, line: str) -> None:
    (tmp_path / "erased").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(UnfitDatabaseError, match="erased, line 2: this line is not whole; correct it") as refused:
        Erasures(tmp_path / "erased", SECRET).all(store_of(services))
    assert exit_status(refused.value) == MISTAKE


def list_of_all_kinds(path: Path, store: Store) -> bytes:
    """A list with a line of each kind."""
    erasures = Erasures(path, SECRET)
    with store.transaction() as transaction:
        erasures.add(transaction, "c1", ["ida@example.com", "m-1"], NOON)
        erasures.add_session(transaction, "s1", WhatGoes.SESSION, NOON)
        erasures.note_compaction(NOON)
        erasures.note_deletion(NOON)
        erasures.add(transaction, "cé\\", ["bo@example.com"], NOON)
        erasures.note_again(transaction, ["c1"], NOON)
    return path.read_bytes()


def test_a_letter_that_is_changed_is_noticed_or_changes_nothing(tmp_path: Path, services: Services) -> None:
    path, store = tmp_path / "erased", store_of(services)
    saved = list_of_all_kinds(path, store)

    def said() -> tuple[Any, ...]:
        erasures = Erasures(path, SECRET)
        return erasures.all(store), erasures.sessions(store), erasures.uncompacted_since()

    expected, refused = said(), 0
    for place in range(len(saved) + 1):
        before, behind = saved[:place], saved[place:]
        for letter in (b"", b"a", b"}", b'"', b",", b" ", b"\n", b"\0", "é".encode()):
            for rest in (behind, behind[1:]):
                path.write_bytes(before + letter + rest)
                try:
                    assert said() == expected, (place, letter)
                except UnfitDatabaseError as error:
                    # A line that was broken in two, or became one with the next, is named as either.
                    number = before.count(b"\n") + 1
                    assert re.search(rf"erased, line ({number}|{number + 1}|{number - 1}):", str(error))
                    refused += 1
    assert refused > 10 * len(saved)


def test_wherever_a_crash_cut_the_last_line_off_the_next_one_takes_its_place(
    tmp_path: Path, services: Services
) -> None:
    path, store = tmp_path / "erased", store_of(services)
    for line in list_of_all_kinds(path, store).splitlines(keepends=True):
        for length in range(len(line)):
            for zeros in (b"", bytes(64)):
                path.unlink()
                erasures = Erasures(path, SECRET)
                with store.transaction() as transaction:
                    erasures.add(transaction, "c2", [], NOON)
                    whole = path.read_bytes()
                    path.write_bytes(whole + line[:length] + zeros)
                    kept = line[: length + 1] if length == len(line) - 1 else b""
                    assert len(erasures._lines.documents()) == (2 if kept else 1)
                    erasures.add(transaction, "c3", [], NOON)
                assert path.read_bytes().startswith(whole + kept + b'{"client": "c3"')
                assert len(erasures._lines.documents()) == (3 if kept else 2)


def test_a_spoilt_last_line_is_kept_for_whoever_mends_it(tmp_path: Path, services: Services) -> None:
    path, store = tmp_path / "erased", store_of(services)
    erasures = Erasures(path, SECRET)
    path.write_bytes(b'{"client": "c1", "erased_at": "2026-05-01T12:00:00Z", "keys": [,')
    for line in (b"", b'{"client": "c2"'):
        with pytest.raises(UnfitDatabaseError, match="line 1"):
            erasures.all(store)
        with store.transaction() as transaction:
            erasures.add(transaction, "c2", [], NOON)
        assert line in path.read_bytes()


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: codecs.BOM_UTF8 + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b" \t\n"),
        lambda text: text + b'{"client": "c9", "era',
        lambda text: text + b'{"client": "c9"' + bytes(64),
        lambda text: text + bytes(64),
    ],
    ids=["byte order mark", "lines of Windows", "blanks", "cut off", "cut off before zeros", "zeros"],
)
def test_however_the_list_was_saved_nobody_comes_back(
    tmp_path: Path, services: Services, saved: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "erased"
    erasures, store = Erasures(path, SECRET), store_of(services)
    with store.transaction() as transaction:
        erasures.add(transaction, "c1", ["ida@example.com"], NOON)
    # As it begins where its first line is one that was added by hand.
    path.write_bytes(saved(path.read_bytes().lstrip(b"\n")))
    assert [erasure.client for erasure in erasures.all(store)] == ["c1"]


def test_who_was_erased_since_the_file_was_compacted_is_counted(tmp_path: Path, services: Services) -> None:
    erasures = Erasures(tmp_path / "erased", SECRET)
    erasures.note_compaction(NOON)
    assert not (tmp_path / "erased").exists(), "a list of nobody is no file"
    counts = []
    for client in ("c1", "c2"):
        with store_of(services).transaction() as transaction:
            erasures.add(transaction, client, [], NOON)
        counts.append(len(erasures.uncompacted()))
    erasures.note_compaction(NOON)
    assert [*counts, len(erasures.uncompacted())] == [1, 2, 0]
    assert [erasure.client for erasure in erasures.all(store_of(services))] == ["c1", "c2"]


def test_nothing_is_erased_where_the_list_cannot_be_written(services: Services) -> None:
    talk(services, ANA, CALL)
    path = services.settings.beside.with_name(services.settings.beside.name + ".erased.jsonl")
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


def add_member(services: Services, email: str, *, client: str | None, member_id: str | None, created: Any) -> None:
    row = [email, client, member_id, created]
    store_of(services).execute(
        "INSERT INTO members (email, display_name, role, status, source, client_id, skool_member_id, created_at, "
        "updated_at) VALUES ($1, 'Ida', 'client', 'active', 'skool', $2, $3, $4, $4)",
        row,
    )


def address_changed(services: Services, old: str, new: str) -> None:
    with store_of(services).transaction() as transaction:
        write_audit(
            transaction, actor="operator", action="members.address", subject=old, detail={"new": new}, now=NOON
        )


def test_whoever_a_restore_brings_back_is_due_for_compaction_again(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        store_of(services).execute(
            "INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'I', $1)", [NOON]
        )
        erasures = list_of(services)
        with store_of(services).transaction() as transaction:
            erasures.add(transaction, "c1", ["ida@example.com"], clock())
        erasures.note_compaction(clock.forward(60))
        assert not erasures.uncompacted()
    clock.forward(3600)
    with opened(tmp_path, clock) as services:
        assert erasures.uncompacted_since() == clock()
        assert erasures.recogniser(store_of(services))(["ida@example.com"]) == NOON
        assert services.maintenance.compact_where_due(quiet=True) is not None
        assert erasures.uncompacted_since() is None


def test_an_older_backup_does_not_bring_back_who_never_was_here(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        add_member(services, "ida@example.com", client=None, member_id="m-1", created=NOON)
        add_member(services, "new@example.com", client=None, member_id="m-2", created=NOON)
        with store_of(services).transaction() as transaction:
            list_of(services).add(transaction, "c1", ["old@example.com", "m-1"], clock.forward(60))
        add_member(services, "again@example.com", client=None, member_id="m-1", created=clock.forward(60))
    with opened(tmp_path, clock) as services:
        known = "SELECT email FROM members WHERE source = 'skool' ORDER BY email"
        assert store_of(services).execute(known) == [("again@example.com",), ("new@example.com",)]


def test_all_addresses_that_a_client_had_are_theirs_but_none_that_is_somebody_elses_now(services: Services) -> None:
    store = store_of(services)
    store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'I', $1)", [NOON])
    add_member(services, "d@example.com", client="c1", member_id="m-1", created=NOON)
    for old, new in (("a", "b"), ("b", "c"), ("c", "d"), ("x", "y")):
        address_changed(services, f"{old}@example.com", f"{new}@example.com")
    assert ids_of(store, "c1").emails == tuple(f"{name}@example.com" for name in "abcd")
    add_member(services, "c@example.com", client=None, member_id="m-2", created=NOON)
    assert ids_of(store, "c1").emails == ("d@example.com",)
    # A ring, as an undone import makes it.
    store.execute("DELETE FROM members WHERE email = 'c@example.com'")
    address_changed(services, "d@example.com", "a@example.com")
    assert ids_of(store, "c1").emails == tuple(f"{name}@example.com" for name in "abcd")
