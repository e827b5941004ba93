"""The roster: what a member export says, what it would change, and changing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.errors import CoachroomError, ImportFileError
from coachroom.people import roster
from coachroom.people.roster import Member, MemberChange, plan, refuse_mass_removal, what_differs
from coachroom.people.roster_changes import undoable_imports
from coachroom.people.skool_export import MAX_FILE_BYTES, Export, ExportRow, RejectedRow, read_export
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.store import Store
from tests.databases import database_in

NOW = datetime(2026, 5, 1, 12)
LATER = datetime(2026, 5, 2, 12)
SAMPLE = Path(__file__).parents[2] / "data" / "skool_members_sample.csv"
HEADING = "FirstName,LastName,Email,JoinedDate\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(database_in(tmp_path))
    migrate(store, NOW)
    yield store
    store.close()


def rows(text: str) -> tuple[ExportRow, ...]:
    return read_export(text.encode()).rows


def load(store: Store, text: str, *, sync: bool = False, confirmed: int | None = None) -> roster.RosterPlan:
    with store.transaction() as transaction:
        return roster.import_export(
            transaction, read_export(text.encode()), sync=sync, confirmed=confirmed, actor="operator", now=NOW
        )


def test_the_sample_export_is_read_with_its_quirks() -> None:
    export = read_export(SAMPLE.read_bytes())
    assert len(export.rows) == 10
    ana, ben = export.rows[:2]
    assert (ana.email, ana.display_name, ana.tier) == ("ana.silva@example.com", "Ana Silva", "premium")
    assert ana.joined_at == datetime(2026, 2, 3, 9, 14, 55)
    assert (
        json.loads(ben.answers or "")["What do you want to change?"] == "First: sleep.\nSecond: the career question."
    )
    assert [(row.line, row.email) for row in export.rejected] == [
        (11, None),
        (13, None),
        (15, "ana.silva@example.com"),
    ]


@pytest.mark.parametrize(
    "heading",
    ["Email,First Name,last_name", "E-MAIL,FIRSTNAME,Last-Name", "e mail,first name,LASTNAME", "Email,Name,Points"],
)
def test_headings_match_whatever_their_case_and_punctuation(heading: str) -> None:
    (row,) = rows(f"{heading}\nana@example.com,Ana,\n")
    assert (row.email, row.display_name) == ("ana@example.com", "Ana")


def test_the_older_export_of_email_and_member_id_is_read() -> None:
    (row,) = rows("Email, Member ID\nANA@Example.com ,u-17\n")
    assert row == ExportRow("ana@example.com", None, member_id="u-17")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("Name,Email\nJoão,j@example.com\n".encode("utf-8-sig"), "João"),
        ("Name,Email\nJoão,j@example.com\n".encode("cp1252"), "João"),
        (b"Name;Email\r\nAna;j@example.com\r\n", "Ana"),
        (b"Name\tEmail\nAna\tj@example.com\n", "Ana"),
        (b"\n\nName,Email\n\nAna,j@example.com", "Ana"),
        (b"Name,Email\rAna,j@example.com\r", "Ana"),
        ("Name\tEmail\r\nJoão\tj@example.com\r\n".encode("utf-16"), "João"),
        (b"sep=;\r\nName;Email\r\nAna;j@example.com\r\n", "Ana"),
    ],
)
def test_encodings_delimiters_and_line_ends(data: bytes, name: str) -> None:
    (row,) = read_export(data).rows
    assert (row.display_name, row.email) == (name, "j@example.com")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,", None),
        ("Ana,,,", "the e-mail is missing"),
        ("Ana,,ana at example,", "is not an e-mail address"),
        ("Ana,,ana@example,", "is not an e-mail address"),
        ("Ana,,a@b@example.com,", "is not an e-mail address"),
        ("Ana,,<ana@example.com,", "is not an e-mail address"),
        ("Ana,,ana\u202e@example.com,", "is not an e-mail address"),
        (f"Ana,,{'a' * 300}@example.com,", "is not an e-mail address"),
        ("Silva, Ana,,ana@example.com,2026-01-01", "has 5 fields, the heading has 4"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_reason(row: str, reason: str | None) -> None:
    export = read_export(f"{HEADING}{row}\nBen,,ben@example.com,\n".encode())
    assert [person.email for person in export.rows] == ["ben@example.com"]
    if reason is None:
        assert export.rejected == ()
    else:
        assert [row.line for row in export.rejected] == [2]
        assert reason in export.rejected[0].reason


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Vorname;Nachname;E-Mail-Adresse;Beitrittsdatum;Mitglieds-ID", "Ida;Nord;ida@example.com;01.03.2026;m-1"),
        (
            "Nombre,Apellidos,Correo electrónico,Fecha de alta,ID de miembro",
            "Ida,Nord,ida@example.com,2026-03-01,m-1",
        ),
        ("Prénom,Nom,Adresse e-mail,Date d'adhésion,ID membre", "Ida,Nord,ida@example.com,2026-03-01,m-1"),
        ("Nome,Sobrenome,E-mail,Data de entrada,ID do membro", "Ida,Nord,ida@example.com,2026-03-01,m-1"),
    ],
)
def test_headings_in_other_languages_are_known(heading: str, row: str) -> None:
    assert rows(f"{heading}\n{row}\n") == (
        ExportRow("ida@example.com", "Ida Nord", member_id="m-1", joined_at=datetime(2026, 3, 1)),
    )


def test_a_question_as_a_heading_becomes_an_answer_and_other_columns_are_named() -> None:
    export = read_export(
        b"Email,What brings you here?,Invited By,Question1,Answer1,LTV\n"
        b"ida@example.com,Sleep,Bo,How did you find us?,A friend,$5\nbo@example.com,,,,,\n"
    )
    ida, bo = export.rows
    assert json.loads(ida.answers or "") == {"What brings you here?": "Sleep", "How did you find us?": "A friend"}
    assert bo.answers is None
    assert export.passed_over == ("Invited By", "LTV")


@pytest.mark.parametrize("date", ["yesterday", "31.02.2026", "1/2/2026"])
def test_a_date_that_cannot_be_read_costs_the_date_and_not_the_person(date: str) -> None:
    export = read_export(f"{HEADING}Ana,,ana@example.com,{date}\nBen,,ben@example.com,\n".encode())
    assert [(row.email, row.joined_at) for row in export.rows] == [
        ("ana@example.com", None),
        ("ben@example.com", None),
    ]
    assert export.rejected == ()
    (left_out,) = export.left_out
    assert left_out.line == 2
    assert date in left_out.reason


def test_an_export_that_excel_saved_again_keeps_its_dates() -> None:
    export = read_export(
        b"FirstName,LastName,Email,JoinedDate,Tier\nIda,North,ida@example.com,3/1/2026 10:00,Premium\n"
        b"Bo,South,bo@example.com,3/14/2026 9:05,Premium\n"
    )
    assert [row.joined_at for row in export.rows] == [datetime(2026, 3, 1, 10), datetime(2026, 3, 14, 9, 5)]
    assert export.left_out == export.rejected == ()


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    export = read_export(b'Name,Email\n"two\nlines",a@example.com\n\nBad,\nDouble,A@example.com\n')
    assert [(row.line, row.reason) for row in export.rejected] == [
        (5, "the e-mail is missing"),
        (6, "the e-mail stands in line 2 already"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "\u202eevil",
        "a\x07b\x1b[31m",
        "👩‍👧",
        "Robert'); --",
    ],
)
def test_hostile_names_are_stored_as_they_are(store: Store, name: str) -> None:
    load(store, f'Name,Email\n"  {name} ",a@example.com\n')
    assert roster.members(store)["a@example.com"].display_name == name


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"Name,Age\nAna,3\n", "no e-mail column"),
        (b"Email,E-Mail\na@example.com,b@example.com\n", "two e-mail columns"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is not text"),
        ("Name,Email\n".encode("utf-16")[:-1], "is not text"),
        (b"\x81\x8d", "is not text"),
        (b'Name,Email\nAna,a@example.com\n"open,b@example.com\nC,c@example.com\n', "cannot be read at line 3"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_one_sentence(data: bytes, part: str) -> None:
    with pytest.raises(ImportFileError, match=part) as caught:
        read_export(data)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: ("Email,Name\n" + text).encode()))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        export = read_export(data)
    except ImportFileError as error:
        assert str(error)
    else:
        assert all(row.email == row.email.strip().lower() for row in export.rows)
        assert len({row.email for row in export.rows}) == len(export.rows)


def test_answers_keep_their_questions_apart() -> None:
    (row,) = rows("Email,Question1,Answer1,Answer2,Question3,Answer3\na@example.com,Why?,so,plain,Why?,again\n")
    assert json.loads(row.answers or "") == {"Why?": "so", "Question 2": "plain", "Why? (3)": "again"}


def member(name: str, **changes: str) -> Member:
    known = Member(f"{name}@example.com", name, "client", "active")
    return replace(known, **changes)  # type: ignore[arg-type]


def by_email(*members: Member) -> dict[str, Member]:
    return {member.email: member for member in members}


def test_a_plan_tells_added_changed_reactivated_and_removed_apart() -> None:
    export = Export(
        (
            ExportRow("new@example.com", None),
            ExportRow("same@example.com", "same"),
            ExportRow("other@example.com", "Renamed"),
            ExportRow("back@example.com", "back"),
        ),
        (RejectedRow(9, "bad date", "late@example.com"),),
    )
    existing = by_email(
        member("same"),
        member("other", role="coach"),
        member("back", status="removed"),
        member("gone"),
        member("late"),
        member("hand", source="manual"),
        member("boss", role="admin"),
        member("helper", role="coach"),
        member("old", status="removed"),
    )
    decided = plan(export, existing, sync=True)
    assert [m.email for m in decided.added] == ["new@example.com"]
    assert decided.added[0].display_name == "new"
    assert [(each.member.display_name, each.member.role) for each in decided.changed] == [("Renamed", "coach")]
    assert [(each.member.email, each.member.status) for each in decided.reactivated] == [
        ("back@example.com", "active")
    ]
    assert [(m.email, m.status) for m in decided.removed] == [("gone@example.com", "removed")]
    assert decided.unchanged == 1
    assert plan(export, existing, sync=False).removed == ()


def test_being_on_skool_gives_a_removed_admin_no_rights_back() -> None:
    boss = member("boss", role="admin", status="removed")
    decided = plan(Export((ExportRow(boss.email, "Boss"),), ()), by_email(boss), sync=False)
    assert decided.writes == ()


def tiers(decided: roster.RosterPlan) -> list[str | None]:
    return [each.tier for each in decided.writes]


def test_a_tier_in_other_letters_is_the_one_that_is_known() -> None:
    known = by_email(member("ana", tier="standard"), member("ben", tier="free"), member("bo", tier="STANDARD"))
    known["cy@example.com"] = member("cy", tier="standard")
    mixed = rows("Email,Tier\nana@example.com,Standard\nben@example.com,Standard\nbo@example.com,Standard\n")
    assert tiers(plan(Export(mixed, ()), known, sync=False)) == ["standard", "standard"], "as most have it"


def test_two_ways_to_write_a_new_tier_in_one_file_are_one_tier() -> None:
    mixed = rows("Email,Tier\na@example.com,Gold\nb@example.com,gold\nc@example.com,Silver\n")
    assert tiers(plan(Export(mixed, ()), {}, sync=False)) == ["Gold", "Gold", "Silver"]


def test_what_an_import_changes_of_a_member_is_named() -> None:
    before = member("ana", tier="free")
    after = replace(before, tier="standard", joined_at=datetime(2026, 2, 3), answers='{"a": "b"}')
    assert what_differs(MemberChange(before, after)) == [
        "tier: free → standard",
        "joined: none → 3 Feb 2026",
        "answers",
    ]
    assert what_differs(MemberChange(before, before)) == []


def test_what_an_export_leaves_empty_stays() -> None:
    known = member("ana", display_name="Ana", tier="VIP", answers='{"a": "b"}', skool_member_id="u1")
    decided = plan(Export((ExportRow(known.email, None),), ()), by_email(known), sync=True)
    assert decided.writes == ()
    assert decided.unchanged == 1


def export_of(*people: tuple[str, str | None]) -> Export:
    return Export(tuple(ExportRow(email, None, member_id=id, line=n) for n, (email, id) in enumerate(people, 2)), ())


def test_another_address_with_the_same_member_id_is_the_same_client() -> None:
    ida = member("ida", display_name="Ida", coach_email="carla@example.com", skool_member_id="m-1")
    decided = plan(export_of(("new@example.com", "m-1")), by_email(ida), sync=True)
    (change,) = decided.readdressed
    assert change == roster.MemberChange(ida, replace(ida, email="new@example.com"))
    assert decided.writes == (change.member,)
    assert decided.counts()["new address"] == 1


def test_a_removed_client_who_comes_back_with_another_address_is_the_same_client() -> None:
    ida = member("ida", status="removed", skool_member_id="m-1")
    (change,) = plan(export_of(("new@example.com", "m-1")), by_email(ida), sync=False).readdressed
    assert change.member.status == "active"


def test_what_two_members_claim_changes_neither() -> None:
    ida, bo = member("ida", skool_member_id="m-1"), member("bo", skool_member_id="m-2")
    swapped = export_of((ida.email, "m-2"), (bo.email, "m-1"))
    decided = plan(swapped, by_email(ida, bo), sync=True)
    assert decided.writes == ()
    assert [(row.line, row.email) for row in decided.unclear] == [(2, ida.email), (3, bo.email)]
    assert "bo@example.com's" in decided.unclear[0].reason


def test_a_known_address_with_another_member_id_is_unclear() -> None:
    ida = member("ida", skool_member_id="m-1", coach_email="carla@example.com", answers='{"Why?": "Mine"}')
    bo = member("bo", status="removed", skool_member_id="m-2")
    decided = plan(export_of((ida.email, "m-8"), (bo.email, "m-9")), by_email(ida, bo), sync=True)
    assert decided.writes == ()
    assert decided.unchanged == 0
    assert [(row.line, row.email) for row in decided.unclear] == [(2, ida.email), (3, bo.email)]
    assert "the member with this e-mail has another member ID here, m-1" in decided.unclear[0].reason
    assert plan(export_of((ida.email, None)), by_email(ida), sync=False).unchanged == 1
    new_id = plan(export_of((ida.email, "m-8")), by_email(replace(ida, skool_member_id=None)), sync=False)
    assert [each.member.skool_member_id for each in new_id.changed] == ["m-8"]


@pytest.mark.parametrize("role", ["coach", "admin", "analyst"])
def test_no_export_gives_an_operator_another_address(role: str) -> None:
    carla = member("carla", role=role, skool_member_id="m-1")
    decided = plan(export_of(("thief@example.com", "m-1")), by_email(carla), sync=False)
    assert decided.readdressed == ()
    assert [(added.email, added.role) for added in decided.added] == [("thief@example.com", "client")]


def test_a_member_id_that_stands_twice_names_nobody() -> None:
    ida = member("ida", skool_member_id="m-1")
    decided = plan(export_of(("x@example.com", "m-1"), ("y@example.com", "m-1")), by_email(ida), sync=False)
    assert decided.readdressed == ()
    assert len(decided.added) == 2


def test_a_change_of_address_keeps_client_coach_history_and_account(store: Store) -> None:
    load(store, "Name,Email,Member ID\nIda,ida@example.com,m-1\nBo,bo@example.com,m-2\n")
    store.execute(
        "UPDATE members SET client_id = 'c1', coach_email = 'carla@example.com' WHERE skool_member_id = 'm-1'"
    )
    store.execute("INSERT INTO identities VALUES ('https://id', 'ida', 'ida@example.com', 'known', $1, NULL)", [NOW])
    load(store, "Name,Email,Member ID\nIda,new@example.com,m-1\nBo,bo@example.com,m-2\n", sync=True)
    assert store.execute(
        "SELECT email, client_id, coach_email, status FROM members ORDER BY client_id NULLS LAST"
    ) == [
        ("new@example.com", "c1", "carla@example.com", "active"),
        ("bo@example.com", None, None, "active"),
    ]
    assert store.execute("SELECT email FROM identities") == [("new@example.com",)]
    assert store.execute("SELECT subject, detail FROM audit_log WHERE action = 'members.address'") == [
        ("ida@example.com", '{"new": "new@example.com"}')
    ]


def test_a_mass_removal_needs_its_exact_number() -> None:
    existing = by_email(*(member(f"m{n}") for n in range(10)))
    staying = [ExportRow(f"m{n}@example.com", None) for n in range(10)]
    refuse_mass_removal(plan(Export(tuple(staying[:7]), ()), existing, sync=True), None)
    six_stay = plan(Export(tuple(staying[:6]), ()), existing, sync=True)
    with pytest.raises(ImportFileError, match=r"would remove 4 of 10 .* --yes-remove 4"):
        refuse_mass_removal(six_stay, None)
    with pytest.raises(ImportFileError, match="would remove 4 members, not 3"):
        refuse_mass_removal(six_stay, 3)
    refuse_mass_removal(six_stay, 4)


def test_an_import_is_idempotent_and_audited_once(store: Store) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert load(store, text).counts()["added"] == 10
    before = store.execute("SELECT * FROM members ORDER BY email")
    assert load(store, text, sync=True).counts()["unchanged"] == 10
    assert store.execute("SELECT * FROM members ORDER BY email") == before
    ((actor, action, detail),) = store.execute("SELECT actor, action, detail FROM audit_log")
    assert (actor, action) == ("operator", "members.import")
    assert json.loads(detail)["added"] == 10
    assert json.loads(detail)["rejected"] == 3


def test_a_sync_removes_leavers_and_a_later_import_brings_them_back(store: Store) -> None:
    everybody = "Email\n" + "".join(f"m{n}@example.com\n" for n in range(10))
    load(store, everybody)
    load(store, everybody.replace("m3@example.com\n", ""), sync=True)
    assert roster.members(store)["m3@example.com"].status == "removed"
    assert len(load(store, everybody).reactivated) == 1
    assert roster.members(store)["m3@example.com"].status == "active"


def test_a_refused_sync_writes_nothing(store: Store) -> None:
    load(store, "Email\na@example.com\nb@example.com\n")
    before = store.execute("SELECT * FROM members")
    with pytest.raises(ImportFileError):
        load(store, "Email\nc@example.com\n", sync=True)
    assert store.execute("SELECT * FROM members") == before


def test_an_import_keeps_role_coach_and_profile_and_the_day_of_joining(store: Store) -> None:
    load(store, "Email,Name\nana@example.com,Ana\n")
    store.execute("UPDATE members SET role = 'coach', client_id = 'c1'")
    load(store, "Email,Name\nana@example.com,Ana S.\n")
    assert store.execute("SELECT display_name, role, client_id, created_at FROM members") == [
        ("Ana S.", "coach", "c1", NOW)
    ]


def test_an_operator_adds_and_changes_members(store: Store) -> None:
    with store.transaction() as transaction:
        for email, role, coach in [
            ("Coach@Example.com", "coach", None),
            ("ana@example.com", "client", "COACH@example.com"),
        ]:
            roster.add_member(transaction, email, name=None, role=role, coach=coach, actor="operator", now=NOW)
    ana = roster.members(store)["ana@example.com"]
    assert (ana.display_name, ana.coach_email, ana.source) == ("ana", "coach@example.com", "manual")
    with store.transaction() as transaction:
        changed = roster.set_member(
            transaction, "ana@example.com", role="coach", status=None, coach=None, actor="operator", now=LATER
        )
    assert (changed.role, changed.coach_email) == ("coach", None)
    assert [row[0] for row in store.execute("SELECT action FROM audit_log ORDER BY logged_at, id")].count(
        "members.set"
    ) == 1


@pytest.mark.parametrize(
    ("email", "role", "coach", "part"),
    [
        ("nobody", "client", None, "is not an e-mail address"),
        ("ana@example.com", "client", None, "is a member already"),
        ("ben@example.com", "client", "ana@example.com", "is no active coach"),
        ("ben@example.com", "client", "lost@example.com", "is no active coach"),
        ("ben@example.com", "analyst", "ana@example.com", "only clients have a coach"),
    ],
)
def test_adding_refuses_what_makes_no_sense(
    store: Store, email: str, role: str, coach: str | None, part: str
) -> None:
    load(store, "Email\nana@example.com\n")
    with pytest.raises(CoachroomError, match=part), store.transaction() as transaction:
        roster.add_member(transaction, email, name=None, role=role, coach=coach, actor="operator", now=NOW)
    assert list(roster.members(store)) == ["ana@example.com"]


@pytest.mark.parametrize("change", [{"status": "removed"}, {"role": "coach"}])
def test_the_last_active_administrator_stays(store: Store, change: dict[str, str]) -> None:
    def set_to(email: str, *, role: str | None = None, status: str | None = None) -> None:
        with store.transaction() as transaction:
            roster.set_member(transaction, email, role=role, status=status, coach=None, actor="operator", now=LATER)

    with store.transaction() as transaction:
        for email in ("amira@example.com", "omar@example.com"):
            roster.add_member(transaction, email, name=None, role="admin", coach=None, actor="operator", now=NOW)
    set_to("omar@example.com", **change)
    before = roster.members(store)
    with pytest.raises(CoachroomError, match=r"amira@example\.com is the last active administrator"):
        set_to("amira@example.com", **change)
    assert roster.members(store) == before


def test_changing_a_stranger_is_refused(store: Store) -> None:
    with pytest.raises(CoachroomError, match="There is no member"), store.transaction() as transaction:
        roster.set_member(
            transaction, "x@example.com", role="admin", status=None, coach=None, actor="operator", now=NOW
        )


def test_when_a_member_first_left_is_kept_and_taken_back_with_the_import(store: Store) -> None:
    def left(email: str) -> datetime | None:
        return store.execute("SELECT left_at FROM members WHERE email = $1", [email])[0][0]

    load(store, HEADING + "".join(f"M,{n},m{n}@example.com,\n" for n in range(4)))
    assert left("m0@example.com") is None
    fewer = read_export((HEADING + "".join(f"M,{n},m{n}@example.com,\n" for n in range(1, 4))).encode())
    soon = NOW + timedelta(hours=1)
    with store.transaction() as transaction:
        roster.import_export(transaction, fewer, sync=True, confirmed=None, actor="operator", now=soon)
    assert left("m0@example.com") == soon
    with store.transaction() as transaction:
        import_id = undoable_imports(transaction, soon)[0].id
        roster.undo_import(transaction, import_id, actor="operator", now=soon)
    assert left("m0@example.com") is None
    with store.transaction() as transaction:
        for status, now in (("removed", NOW), ("active", LATER), ("removed", LATER)):
            roster.set_member(
                transaction, "m0@example.com", role=None, status=status, coach=None, actor="operator", now=now
            )
    assert left("m0@example.com") == NOW
