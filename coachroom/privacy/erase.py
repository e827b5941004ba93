"""Erases a client: the list of erasures first, then every row in one transaction, then the provider's copies."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.budget.deleted_sessions import keep_what_nobody_took
from coachroom.metrics.kept_facts import keep_facts_of_nobody
from coachroom.people.audit import write_audit
from coachroom.privacy.client_data import ClientIds, delete_rows, ids_of
from coachroom.privacy.erasures import Erasures
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.settings import ErasedFacts, Settings
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.privacy", "erase.sql")


def erase_client(
    transaction: Transaction,
    erasures: Erasures,
    ids: ClientIds,
    *,
    actor: str,
    now: datetime,
    facts_zone: ZoneInfo | None = None,
) -> dict[str, int]:
    """All of it in the caller's transaction, so that no compaction comes between the list and the rows.

    `facts_zone`: where facts stay as nobody's, the time zone of their day.
    """
    note_erasure(transaction, erasures, ids, now)
    return erase_rows(transaction, ids, actor=actor, now=now, facts_zone=facts_zone)


def note_erasure(transaction: Transaction, erasures: Erasures, ids: ClientIds, now: datetime) -> None:
    """Puts the client on the list, before anything is deleted: what a crash leaves is finished at the next start."""
    members = [str(row[0]) for row in transaction.execute(SQL["member_ids"], [ids.client])]
    erasures.add(transaction, ids.client, [*ids.emails, *members], now)


def facts_zone_of(settings: Settings) -> ZoneInfo | None:
    """The time zone in which facts of erased sessions keep their day; None where they go."""
    return ZoneInfo(settings.reporting_timezone) if settings.erased_facts is ErasedFacts.KEEP else None


def erase_rows(
    transaction: Transaction, ids: ClientIds, *, actor: str, now: datetime, facts_zone: ZoneInfo | None = None
) -> dict[str, int]:
    """Deletes all rows of a client; how many there were, by table. Their calls wait to be deleted at the provider."""
    if facts_zone is not None:
        keep_facts_of_nobody(transaction, ids.sessions, facts_zone)
    keep_what_nobody_took(transaction, ids.sessions, now)
    counts = delete_rows(transaction, ids)
    add_erased_calls(transaction, ids.calls, now)
    detail = {"rows": sum(counts.values()), "calls": len(ids.calls)}
    # The one who erases themself is not named any more either.
    actor = "client" if actor in ids.emails else actor
    write_audit(transaction, actor=actor, action="client.erased", subject="client", detail=detail, now=now)
    return counts


def finish_erasures(
    transaction: Transaction, erasures: Erasures, now: datetime, *, facts_zone: ZoneInfo | None = None
) -> int:
    """Erases whoever is on the list and in the database, as after a restore; how many they were."""
    listed = [erasure.client for erasure in erasures.all(transaction) if erasure.client]
    back = [str(row[0]) for row in transaction.execute(SQL["back"], [listed])] if listed else []
    found = [ids_of(transaction, client) for client in back]
    if listed:
        found += _erased_before_their_first_visit(transaction, erasures)
    if found:
        # Their bytes are in the file again: they stand behind the latest compaction once more.
        erasures.note_again(transaction, [ids.client for ids in found], now)
    for ids in found:
        erase_rows(transaction, ids, actor="list of erasures", now=now, facts_zone=facts_zone)
    return len(found)


def _erased_before_their_first_visit(transaction: Transaction, erasures: Erasures) -> list[ClientIds]:
    """Members of an older database who are no clients in it yet, and were on the roster before they were erased."""
    erased_at = erasures.recogniser(transaction)
    return [
        ClientIds("", (), (), (), (email,))
        for email, member_id, created_at in transaction.execute(SQL["never_here"])
        if (at := erased_at([email, *([member_id] if member_id else [])])) is not None and created_at < at
    ]
