"""What an administrator does to the roster: each change, its audit entry, and its way back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.people.assignments import read_assignments
from coachroom.people.identities import WaitingIdentity
from coachroom.people.member import Member
from coachroom.people.people import Person, Role
from coachroom.people.skool_export import read_export
from tests.open_server import until
from tests.services import HandClock, sign_in, stalled_writer, store_of, writer_of

ANA, BEN = "ana.silva@example.com", "ben.okafor@example.com"
COACH, ADMIN = "carla.mendes@example.com", "amira.haddad@example.com"
AMIRA = Person(ADMIN, "Amira Haddad", Role.ADMIN, None, demo=True)
SINCE = "changed, or signed in for the first time, since the import"
HEADING = "FirstName,LastName,Email,Tier,Member ID\n"


def audit(services: Services, action: str) -> list[tuple[str, str, dict]]:
    rows = store_of(services).execute(
        "SELECT actor, subject, CAST(detail AS text) FROM audit_log WHERE action = $1 ORDER BY subject", [action]
    )
    return [(actor, subject, json.loads(detail)) for actor, subject, detail in rows]


def member(services: Services, email: str) -> Member:
    return services.members.all()[email]


def take_in(services: Services, text: str, *, sync: bool = False, removes: int = 0) -> None:
    export = read_export((HEADING + text).encode())
    plan = services.members.preview_import(export, sync=sync)
    services.members.apply_import(export, plan, sync=sync, removes=removes, by=AMIRA)


def undo_latest(services: Services) -> tuple[int, dict[str, str]]:
    undone = services.members.undo_import(services.members.undoable_imports()[0].id, by=AMIRA)
    return undone.restored, dict(undone.left_alone)


# -- one member ----------------------------------------------------------------------------------------


def test_a_person_is_added_and_the_audit_log_says_by_whom(services: Services) -> None:
    services.members.add("New@Example.com ", name="New One", role="client", coach=COACH, by=AMIRA)
    assert member(services, "new@example.com").coach_email == COACH
    assert audit(services, "members.add") == [(ADMIN, "new@example.com", {"role": "client", "coach": COACH})]


@pytest.mark.parametrize(
    ("email", "coach", "sentence"),
    [
        ("nobody", None, "'nobody' is not an e-mail address"),
        (ANA, None, f"{ANA} is a member already"),
        ("new@example.com", BEN, "is no active coach"),
    ],
)
def test_who_cannot_be_added_is_said_and_nothing_changes(
    services: Services, email: str, coach: str | None, sentence: str
) -> None:
    before = services.members.all()
    with pytest.raises(CoachroomError, match=sentence):
        services.members.add(email, name="", role="client", coach=coach, by=AMIRA)
    assert services.members.all() == before


def test_another_role_ends_the_sign_ins_of_the_old_one(services: Services, clock: HandClock) -> None:
    id = sign_in(services, COACH)
    assert services.sign_ins.check(id).person is not None
    clock.forward(1)
    services.members.change(COACH, role="analyst", by=AMIRA)
    assert services.sign_ins.check(id).person is None
    assert audit(services, "members.set") == [(ADMIN, COACH, {"role": "analyst"})]


def test_who_was_removed_is_out_and_comes_back_as_the_same_client(services: Services, clock: HandClock) -> None:
    id = sign_in(services, ANA)
    assert services.sign_ins.check(id).person is not None
    clock.forward(1)
    services.members.change(ANA, status="removed", by=AMIRA)
    assert services.sign_ins.good([id]) == set()
    services.members.change(ANA, status="active", by=AMIRA)
    clock.forward(1)
    person = services.sign_ins.check(sign_in(services, ANA)).person
    assert person is not None
    assert person.client_id == "demo-ana"
    assert [detail["status"] for _, _, detail in audit(services, "members.set")] == ["removed", "active"]


def test_nobody_removes_themselves(services: Services) -> None:
    for change in ({"status": "removed"}, {"role": "client"}):
        with pytest.raises(CoachroomError, match="ask another administrator"):
            services.members.change(ADMIN, **change, by=AMIRA)


def test_two_administrators_who_remove_each_other_leave_one(services: Services) -> None:
    services.members.add("omar@example.com", name="Omar", role="admin", coach=None, by=AMIRA)
    omar = Person("omar@example.com", "Omar", Role.ADMIN, None, demo=False)
    with ThreadPoolExecutor() as pool, stalled_writer(services):
        removals = [
            pool.submit(services.members.change, whom, status="removed", by=by)
            for whom, by in ((omar.email, AMIRA), (ADMIN, omar))
        ]
        until(lambda: writer_of(services).waiting == 2)
    (refusal,) = [each.exception() for each in removals if each.exception()]
    assert "you are no administrator any more" in str(refusal)
    admins = [each for each in services.members.all().values() if each.role == "admin"]
    assert sorted(each.status for each in admins) == ["active", "removed"]


def test_who_is_no_administrator_any_more_changes_nothing(services: Services) -> None:
    services.members.add("omar@example.com", name="Omar", role="admin", coach=None, by=AMIRA)
    omar = Person("omar@example.com", "Omar", Role.ADMIN, None, demo=False)
    take_in(services, "A,A,a@example.com,,\n")
    services.members.change(omar.email, role="coach", by=AMIRA)
    before = services.members.all()
    export = read_export((HEADING + "B,B,b@example.com,,\n").encode())
    plan = services.members.preview_import(export, sync=False)
    file = read_assignments(f"Client,Coach\n{ANA},none\n".encode())
    assignments = services.members.preview_assignments(file)
    latest = services.members.undoable_imports()[0].id
    stranger = WaitingIdentity("https://id.example", "1", ANA, services.clock())
    for act in (
        lambda: services.identities.accept(stranger, omar.email),
        lambda: services.identities.refuse(stranger, omar.email),
        lambda: services.sign_ins.end_all_of(ANA, omar.email),
        lambda: services.members.add("x@example.com", name="", role="admin", coach=None, by=omar),
        lambda: services.members.change(ANA, status="removed", by=omar),
        lambda: services.members.assign([ANA], None, by=omar),
        lambda: services.members.apply_assignments(file, assignments, by=omar),
        lambda: services.members.apply_import(export, plan, sync=False, removes=0, by=omar),
        lambda: services.members.undo_import(latest, by=omar),
    ):
        with pytest.raises(CoachroomError, match="you are no administrator any more"):
            act()
    assert services.members.all() == before
    assert services.members.undoable_imports()[0].id == latest


# -- assigning -----------------------------------------------------------------------------------------


def test_many_clients_get_a_coach_each_with_an_entry_of_their_own(services: Services) -> None:
    services.members.assign([ANA, BEN], None, by=AMIRA)
    assert services.members.assign([ANA, BEN, COACH, "nobody@example.com"], COACH, by=AMIRA) == 2
    assert [member(services, each).coach_email for each in (ANA, BEN, COACH)] == [COACH, COACH, None]
    entries = [entry for entry in audit(services, "members.set") if entry[2] == {"coach": COACH}]
    assert entries == [(ADMIN, ANA, {"coach": COACH}), (ADMIN, BEN, {"coach": COACH})]
    written = len(audit(services, "members.set"))
    assert services.members.assign([ANA, BEN], COACH, by=AMIRA) == 2
    assert len(audit(services, "members.set")) == written, "what changes nothing is no entry"


def test_clients_are_given_to_nobody_who_is_no_coach(services: Services) -> None:
    with pytest.raises(CoachroomError, match="is no active coach"):
        services.members.assign([ANA], BEN, by=AMIRA)


def test_a_file_assigns_and_each_row_that_cannot_be_taken_has_a_reason(services: Services) -> None:
    services.members.assign([ANA, BEN], None, by=AMIRA)
    file = read_assignments(
        f"Client e-mail;Coach\n{ANA.upper()};{COACH}\n{BEN};none\nx;{COACH}\n;{COACH}\n{ANA};{COACH}\n"
        f"no@example.com;{COACH}\n{COACH};{COACH}\n\n{BEN.replace('ben', 'bea')};\n".encode()
    )
    plan = services.members.preview_assignments(file)
    assert (plan.changes, plan.unchanged) == (((ANA, None, COACH),), 1)
    assert {row.line: row.reason for row in plan.rejected} == {
        4: "'x' is not an e-mail address",
        5: "the client's e-mail is missing",
        6: f"{ANA} stands in line 2 already",
        7: "there is no member no@example.com",
        8: f"{COACH} is no active client (coach, active)",
        10: 'the coach is missing: write "none" where the client is to have none',
    }
    assert services.members.apply_assignments(file, plan, by=AMIRA) == 1
    assert member(services, ANA).coach_email == COACH
    with pytest.raises(CoachroomError, match="the roster is another"):
        services.members.apply_assignments(file, plan, by=AMIRA)


@pytest.mark.parametrize("text", ["", "Name,Coach\n", "Email,Client,Coach\n", "Client\n"])
def test_a_file_without_the_two_columns_is_refused(text: str) -> None:
    with pytest.raises(CoachroomError, match="needs two columns, client and coach"):
        read_assignments(text.encode())


# -- import and undo -----------------------------------------------------------------------------------


def test_an_import_is_what_was_previewed_or_nothing(services: Services) -> None:
    export = read_export((HEADING + "Noor,Aziz,noor@example.com,Premium,m-1\n").encode())
    plan = services.members.preview_import(export, sync=False)
    services.members.add("noor@example.com", name="Noor", role="client", coach=None, by=AMIRA)
    with pytest.raises(CoachroomError, match="the roster is another than it was for the preview"):
        services.members.apply_import(export, plan, sync=False, removes=0, by=AMIRA)
    assert member(services, "noor@example.com").source == "manual"


def test_a_sync_that_removes_many_asks_for_their_number(services: Services) -> None:
    take_in(services, "A,A,a@example.com,,\nB,B,b@example.com,,\nC,C,c@example.com,,\n")
    with pytest.raises(CoachroomError, match="would remove 2 of 3 members"):
        take_in(services, "A,A,a@example.com,,\n", sync=True)
    assert member(services, "b@example.com").status == "active"
    take_in(services, "A,A,a@example.com,,\n", sync=True, removes=2)
    assert member(services, "b@example.com").status == "removed"


def test_an_undone_import_leaves_the_roster_as_it_was(services: Services) -> None:
    take_in(
        services,
        "Old,Address,old@example.com,,m-1\nTo,Change,change@example.com,Standard,m-2\nTo,Go,go@example.com,,m-3\n"
        "Was,Gone,gone@example.com,,m-4\nStays,Here,stays@example.com,,m-5\n",
    )
    services.members.change("gone@example.com", status="removed", by=AMIRA)
    services.members.assign(["old@example.com"], COACH, by=AMIRA)
    before = services.members.all()
    take_in(
        services,
        "New,Address,new@example.com,,m-1\nTo,Change,change@example.com,Premium,m-2\nWas,Gone,gone@example.com,,m-4\n"
        "Stays,Here,stays@example.com,,m-5\nAdded,Person,added@example.com,,m-6\n",
        sync=True,
    )
    assert member(services, "new@example.com").coach_email == COACH
    assert member(services, "go@example.com").status == "removed"
    assert undo_latest(services) == (5, {})
    assert services.members.all() == before
    assert audit(services, "members.import_undone") == [(ADMIN, "members", {"restored": 5, "left alone": 0})]


def test_who_was_changed_since_the_import_is_named_and_stays(services: Services, clock: HandClock) -> None:
    take_in(services, "A,A,a@example.com,,\nB,B,b@example.com,,\nC,C,c@example.com,,\n")
    clock.forward(1)
    services.members.assign(["b@example.com"], COACH, by=AMIRA)
    services.people.find("c@example.com")
    assert undo_latest(services) == (1, {"b@example.com": SINCE, "c@example.com": SINCE})
    assert {"b@example.com", "c@example.com"} <= set(services.members.all())
    assert "a@example.com" not in services.members.all()


def test_who_was_brought_back_and_removed_again_since_the_import_stays_removed(
    services: Services, clock: HandClock
) -> None:
    take_in(services, "A,A,a@example.com,,m-1\nB,B,b@example.com,,m-2\n")
    take_in(services, "B,B,b@example.com,,m-2\n", sync=True, removes=1)
    clock.forward(1)
    for status in ("active", "removed"):
        services.members.change("a@example.com", status=status, by=AMIRA)
    assert undo_latest(services) == (0, {"a@example.com": SINCE})
    assert member(services, "a@example.com").status == "removed"


def test_a_stranger_who_comes_first_by_a_shifted_file_does_not_become_the_client(
    services: Services, clock: HandClock
) -> None:
    take_in(services, "Ida,Moe,ida@example.com,,m-1\n")
    take_in(services, "Ida,Moe,stranger@example.com,,m-1\n")
    clock.forward(1)
    stranger = sign_in(services, "stranger@example.com")
    assert services.sign_ins.check(stranger).person is not None
    assert undo_latest(services) == (0, {"stranger@example.com": SINCE})
    assert "ida@example.com" not in services.members.all()


def test_a_stranger_who_signed_in_as_a_client_by_a_shifted_file_is_out_after_the_undo(
    services: Services, clock: HandClock
) -> None:
    take_in(services, "Ida,Moe,ida@example.com,,m-1\n")
    own = sign_in(services, "ida@example.com")
    client = services.sign_ins.check(own).person
    assert client is not None
    clock.forward(1)
    take_in(services, "Ida,Moe,stranger@example.com,,m-1\n")
    clock.forward(1)
    stranger = sign_in(services, "stranger@example.com")
    services.sign_ins.check(stranger)
    services.sign_ins.check(own)
    assert undo_latest(services) == (1, {})
    assert services.sign_ins.good([own, stranger]) == {own}
    assert services.sign_ins.check(stranger).refusal == "no member"
    assert services.sign_ins.check(own).person == client
    assert services.identities.waiting() == []


def test_an_old_address_that_somebody_else_has_by_now_is_not_taken_back(services: Services) -> None:
    take_in(services, "A,A,old@example.com,,m-1\n")
    take_in(services, "A,A,new@example.com,,m-1\n")
    services.members.add("old@example.com", name="Another", role="client", coach=None, by=AMIRA)
    assert undo_latest(services) == (
        0,
        {"new@example.com": "old@example.com is another member's address by now"},
    )


def test_an_import_is_undone_once_and_for_a_day(services: Services, clock: HandClock) -> None:
    take_in(services, "A,A,a@example.com,,\n")
    take_in(services, "B,B,b@example.com,,\n")
    first = services.members.undoable_imports()[1]
    undo_latest(services)
    assert services.members.undoable_imports() == [first]
    clock.forward(24 * 3600)
    assert services.members.undoable_imports() == []
    with pytest.raises(CoachroomError, match="can be undone no more"):
        services.members.undo_import(first.id, by=AMIRA)
    assert "a@example.com" in services.members.all()
    services.members.sweep()
    assert store_of(services).execute("SELECT * FROM roster_changes") == []
