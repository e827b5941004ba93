"""A sign-in begins once, ends by itself, by its person's word or by an administrator's, and never comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.errors import CoachroomError
from coachroom.people import roster
from coachroom.people.demo import seed_demo_people
from coachroom.people.identities import DEVELOPMENT, Identity, forget_identities, identity_in, sign_in_id
from coachroom.people.sign_ins import SignInRefusal
from coachroom.people.skool_export import Export, ExportRow
from tests.services import ISSUER, OIDC, HandClock, opened, sign_in, store_of, writer_of

ANA, BEN, ADMIN = "ana.silva@example.com", "ben.okafor@example.com", "amira.haddad@example.com"
HOUR, DAY = 3600.0, 24 * 3600.0


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """With a provider's sign-in: 12 hours idle, 30 days at most."""
    with opened(tmp_path, clock, **OIDC) as services:
        seed_demo_people(writer_of(services), clock())
        yield services


def come(services: Services, subject: str, email: str | None = ANA, issuer: str = ISSUER) -> str:
    """Somebody signs in at the provider; the sign-in's id."""
    id = f"{issuer} {subject} {services.clock()}"
    services.sign_ins.begin(id, Identity(issuer, subject, email))
    return id


def worth(services: Services, id: str) -> str | SignInRefusal | None:
    """The member's e-mail, or why the sign-in opens nothing; the same for one and for several."""
    checked = services.sign_ins.check(id)
    # That it was used is written down without anybody's waiting for it.
    writer_of(services).submit(lambda _: None).result()
    assert (checked.person is None) == (checked.refusal is not None)
    assert services.sign_ins.good([id, "no such sign-in"]) == ({id} if checked.person else set())
    return checked.person.email if checked.person else checked.refusal


def audit(services: Services) -> list[tuple[str, str, str]]:
    return [
        tuple(row) for row in store_of(services).execute("SELECT actor, action, subject FROM audit_log ORDER BY id")
    ]


def remove(services: Services, email: str, status: str = "removed") -> None:
    now = services.clock()
    writer_of(services).submit(
        lambda transaction: roster.set_member(
            transaction, email, role=None, status=status, coach=None, actor="operator", now=now
        )
    ).result()


# -- its ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([0], ANA),
        ([12 * HOUR - 1], ANA),
        ([12 * HOUR], SignInRefusal.IDLE),
        ([11 * HOUR, 11 * HOUR, 11 * HOUR], ANA),
        ([11 * HOUR, 12 * HOUR], SignInRefusal.IDLE),
        ([11 * HOUR] * 65, ANA),
        ([11 * HOUR] * 66, SignInRefusal.TOO_OLD),
    ],
    ids=str,
)
def test_a_sign_in_lasts_while_it_is_used_and_not_for_ever(
    services: Services, clock: HandClock, steps: list[float], outcome: object
) -> None:
    """65 times 11 hours are a little less than 30 days, 66 a little more."""
    id = sign_in(services, ANA)
    found: object = None
    for seconds in steps:
        clock.forward(seconds)
        found = worth(services, id)
    assert found == outcome


def test_what_is_idle_or_old_stays_so(services: Services, clock: HandClock) -> None:
    id = sign_in(services, ANA)
    clock.forward(12 * HOUR)
    assert worth(services, id) is worth(services, id) is SignInRefusal.IDLE


def test_looking_at_several_is_no_use_of_them(services: Services, clock: HandClock) -> None:
    id = sign_in(services, ANA)
    for _ in range(12):
        clock.forward(HOUR)
        services.sign_ins.good([id])
    assert worth(services, id) is SignInRefusal.IDLE


def test_the_settings_say_how_long(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, sign_in_idle_hours=1, sign_in_max_days=0.125) as services:
        short, long = sign_in(services, ANA), sign_in(services, BEN)
        for _ in range(4):
            clock.forward(0.7 * HOUR)
            assert worth(services, long) == BEN
        assert worth(services, short) is SignInRefusal.IDLE
        clock.forward(0.5 * HOUR)
        assert worth(services, long) is SignInRefusal.TOO_OLD


def test_signing_out_in_one_browser_signs_out_in_all_and_nobody_else(services: Services, clock: HandClock) -> None:
    first, second, other = sign_in(services, ANA), sign_in(services, ANA), sign_in(services, BEN)
    assert [worth(services, id) for id in (first, second, other)] == [ANA, ANA, BEN]
    services.sign_ins.end(first)
    assert [worth(services, id) for id in (first, second, other)] == [
        SignInRefusal.SIGNED_OUT,
        SignInRefusal.SIGNED_OUT,
        BEN,
    ]
    clock.forward(0.001)
    again = sign_in(services, ANA)
    assert worth(services, again) == ANA
    services.sign_ins.end(first)
    services.sign_ins.end("no such sign-in")
    assert worth(services, again) == ANA, "who kept a cookie that is over signs out nobody"
    assert audit(services) == [(ANA, "sign_out", ANA)], "what is over already leaves no line"


def test_a_saved_cookie_that_is_over_signs_out_nobody_who_came_later(services: Services, clock: HandClock) -> None:
    """Only one's own identity: a sign-in that is over ends no member's."""
    sign_in(services, ANA)
    impostor = come(services, "another subject")
    known = sign_in(services, ANA)
    assert worth(services, known) == ANA
    assert worth(services, impostor) is SignInRefusal.OTHER_IDENTITY
    services.sign_ins.end(impostor)
    assert worth(services, known) == ANA


def test_an_administrator_signs_a_member_out_everywhere(services: Services, clock: HandClock) -> None:
    ids = [sign_in(services, ANA), sign_in(services, ANA)]
    assert [worth(services, id) for id in ids] == [ANA, ANA]
    services.sign_ins.end_all_of(ANA, ADMIN)
    assert {worth(services, id) for id in ids} == {SignInRefusal.SIGNED_OUT}
    assert audit(services) == [(ADMIN, "sign_out.everywhere", ANA)]


def _remove_by_hand(services: Services) -> None:
    remove(services, ANA)


def _remove_by_sync(services: Services) -> None:
    now = services.clock()
    store_of(services).execute("UPDATE members SET source = 'skool' WHERE email = $1", [ANA])
    export = Export((ExportRow("new@example.com", "New"),), ())
    writer_of(services).submit(
        lambda transaction: roster.import_export(
            transaction, export, sync=True, confirmed=1, actor="operator", now=now
        )
    ).result()


@pytest.mark.parametrize("leave", [_remove_by_hand, _remove_by_sync])
def test_a_member_who_was_removed_and_comes_back_signs_in_again(
    services: Services, clock: HandClock, leave: Callable[[Services], None]
) -> None:
    id = sign_in(services, ANA)
    assert worth(services, id) == ANA
    leave(services)
    assert worth(services, id) is SignInRefusal.NO_MEMBER
    remove(services, ANA, status="active")
    assert worth(services, id) is SignInRefusal.SIGNED_OUT
    clock.forward(1)
    assert worth(services, sign_in(services, ANA)) == ANA


def test_an_unknown_sign_in_is_over(services: Services) -> None:
    assert worth(services, "no such sign-in") is SignInRefusal.SIGNED_OUT


def test_a_development_sign_in_is_worth_nothing_where_there_is_none(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        id = sign_in(services, ANA)
        assert worth(services, id) == ANA
    with opened(tmp_path, clock, **OIDC) as services:
        assert worth(services, id) is SignInRefusal.SIGNED_OUT


def test_what_is_over_by_its_age_is_deleted_and_strangers_with_it(services: Services, clock: HandClock) -> None:
    stranger, member = come(services, "stranger", "stranger@example.com"), sign_in(services, ANA)
    assert (worth(services, stranger), worth(services, member)) == (SignInRefusal.NO_MEMBER, ANA)
    clock.forward(12 * HOUR)
    fresh = sign_in(services, ANA)
    services.sign_ins.sweep()
    assert store_of(services).execute("SELECT id FROM sign_ins") == [(fresh,)]
    assert store_of(services).execute("SELECT subject FROM identities") == [(ANA,)]
    assert worth(services, fresh) == ANA


# -- whose it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, True),
        ({"email": None}, True),
        ({"iss": None}, False),
        ({"iss": ""}, False),
        ({"iss": DEVELOPMENT}, False),
        ({"iss": "x" * 2001}, False),
        ({"sub": None}, False),
        ({"sub": 7}, False),
        ({"sub": "x" * 256}, False),
        ({"sub": "a\x00b"}, False),
        ({"sub": "a\nb"}, False),
    ],
    ids=str,
)
def test_claims_name_an_identity_or_nobody(change: dict[str, object], named: bool) -> None:
    claims = {"iss": ISSUER, "sub": "subject", "email": ANA, "email_verified": True} | change
    assert (identity_in(claims) is not None) == (sign_in_id(claims) is not None) == named


def test_each_sign_in_of_a_person_has_an_id_of_its_own() -> None:
    claims = {"iss": ISSUER, "sub": "subject", "iat": 1, "nonce": "a"}
    others = [claims | {"iat": 2}, claims | {"nonce": "b"}, claims | {"sub": "other"}, claims | {"iss": ISSUER + "/"}]
    assert len({sign_in_id(each) for each in [claims, *others]}) == 5
    assert sign_in_id(claims | {"provider": "default", "is_logged_in": True}) == sign_in_id(claims)


def test_once_known_a_member_is_let_in_whatever_their_address_is_at_the_provider(
    services: Services, clock: HandClock
) -> None:
    assert worth(services, come(services, "ana", ANA)) == ANA
    for email in (None, "ana@new.example.com", BEN):
        clock.forward(1)
        assert worth(services, come(services, "ana", email)) == ANA


def test_an_unproven_address_finds_no_member(services: Services) -> None:
    assert worth(services, come(services, "ana", None)) is SignInRefusal.NO_MEMBER


def test_another_subject_with_a_members_address_stays_out_and_the_administrator_is_told_once(
    services: Services, clock: HandClock
) -> None:
    known = come(services, "ana")
    assert worth(services, known) == ANA
    clock.forward(1)
    other, elsewhere = come(services, "other"), come(services, "ana", issuer="https://elsewhere.example.com")
    for _ in range(3):
        assert worth(services, other) is worth(services, elsewhere) is SignInRefusal.OTHER_IDENTITY
    assert [(each.subject, each.email) for each in services.identities.waiting()] == [("ana", ANA), ("other", ANA)]
    assert audit(services) == [(ANA, "identity.waiting", ANA)] * 2
    assert worth(services, known) == ANA


def test_an_accepted_identity_is_the_members_and_the_one_before_is_out(services: Services, clock: HandClock) -> None:
    before = come(services, "before")
    worth(services, before)
    clock.forward(1)
    after = come(services, "after")
    worth(services, after)
    (waiting,) = services.identities.waiting()
    services.identities.accept(waiting, ADMIN)
    assert worth(services, after) == ANA
    assert worth(services, before) is SignInRefusal.OTHER_IDENTITY, "it waits in its turn"
    assert [each.subject for each in services.identities.waiting()] == ["before"]
    assert (ADMIN, "identity.accepted", ANA) in audit(services)


def test_a_refused_identity_stays_out_and_is_told_of_no_more(services: Services, clock: HandClock) -> None:
    worth(services, come(services, "ana"))
    worth(services, come(services, "other"))
    (waiting,) = services.identities.waiting()
    services.identities.refuse(waiting, ADMIN)
    clock.forward(1)
    assert worth(services, come(services, "other")) is SignInRefusal.OTHER_IDENTITY
    assert services.identities.waiting() == []
    for decide in (services.identities.accept, services.identities.refuse):
        with pytest.raises(CoachroomError, match="decided"):
            decide(waiting, ADMIN)
    with pytest.raises(CoachroomError, match="decided"):
        services.identities.accept(replace(waiting, email=BEN), ADMIN)


def test_a_member_whose_address_on_the_roster_changed_is_found_by_the_new_one(
    services: Services, clock: HandClock
) -> None:
    worth(services, come(services, "ana"))
    remove(services, ANA)
    now = clock.forward(1)
    writer_of(services).submit(
        lambda transaction: roster.add_member(
            transaction, "ana@new.example.com", name="Ana", role="client", coach=None, actor="operator", now=now
        )
    ).result()
    assert worth(services, come(services, "ana", "ana@new.example.com")) == "ana@new.example.com"


def test_after_a_change_of_provider_members_are_found_by_e_mail_once_more(
    services: Services, clock: HandClock
) -> None:
    before = come(services, "ana")
    worth(services, before)
    now = clock.forward(1)
    forget = writer_of(services).submit(
        lambda transaction: forget_identities(transaction, [ANA, BEN], "operator", now)
    )
    assert forget.result() == 1
    clock.forward(1)
    after = come(services, "another", issuer="https://new.example.com")
    assert worth(services, after) == ANA
    assert worth(services, before) is SignInRefusal.OTHER_IDENTITY
    assert ("operator", "identity.forgotten", ANA) in audit(services)


def test_of_two_who_come_at_once_with_one_address_one_is_let_in(services: Services) -> None:
    ids = [come(services, f"subject-{number}") for number in range(8)]
    gate = threading.Barrier(len(ids))

    def check(id: str) -> object:
        gate.wait(10)
        return services.sign_ins.check(id).refusal

    with ThreadPoolExecutor(len(ids)) as pool:
        found = list(pool.map(check, ids))
    assert sorted(map(str, found)) == sorted(["None"] + [SignInRefusal.OTHER_IDENTITY] * 7)
    assert len(audit(services)) == 7


def test_a_use_is_on_record_after_a_restart(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        id = sign_in(services, ANA)
        clock.forward(11 * HOUR)
        assert worth(services, id) == ANA
    clock.forward(11 * HOUR)
    with opened(tmp_path, clock) as services:
        assert worth(services, id) == ANA
        assert timedelta(seconds=DAY) > clock() - store_of(services).execute("SELECT started_at FROM sign_ins")[0][0]
