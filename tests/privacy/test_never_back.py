"""In whatever order erasures, late messages, member exports and restores come, nobody who was erased is back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import read_record
from coachroom.errors import RoomNotFoundError
from coachroom.people import roster
from coachroom.people.roster import RosterPlan
from coachroom.people.skool_export import read_export
from coachroom.privacy.client_data import RULES, ids_of, rows_of
from coachroom.rooms.states import EndReason
from coachroom.store.backup import restore_backup, take_backup
from tests.recording.documents import record_document
from tests.services import HandClock, delivery, enter, list_of, opened, said, status, store_of

# No other text holds it.
MARK = "qzida"
IDA, BO = f"c-{MARK}", "c-bo"
IDAS_ADDRESS = f"{MARK}@example.com"
CALL = "conv_a1"
EXPORT = f"Email,Member ID,First Name\n{IDAS_ADDRESS},m-1,{MARK}\nbo@example.com,m-2,Bo\n".encode()
STEPS = ("erase", "late webhook", "late words", "member export", "backup", "restore", "restart")


class World:
    """A folder with a database in which two clients have talked, and a backup from then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "coachroom.duckdb"
        self.clock = HandClock()
        self.backups = 0
        self.erased = False
        with self.app() as services:
            for client, call in ((IDA, CALL), (BO, "conv_b1")):
                self.session = self._visit(services, client, call)
            # The latest visit that is Ida's.
            self.session = store_of(services).execute("SELECT id FROM sessions WHERE client_id = $1", [IDA])[0][0]
            self.bo = self._rows_of_bo(services)
            self._backup(services)

    def app(self) -> Any:
        return opened(self.folder, self.clock, demo_sign_in=False)

    def do(self, step: str) -> None:
        """Does one step, each a minute after the one before, and looks at what is there."""
        self.clock.forward(60)
        if step == "restore":
            for file in (self.database, self.database.with_name("coachroom.duckdb.wal")):
                file.unlink(missing_ok=True)
            backup = self.folder / f"backup-{self.backups}"
            restore_backup(next(backup.iterdir()), self.database, self.clock())
        with self.app() as services:
            getattr(self, "_" + step.replace(" ", "_"), lambda _: None)(services)
            self.look(services)

    def look(self, services: Services) -> None:
        """Nothing of Ida's is there once she was erased, and Bo's rows are as they were."""
        assert self._rows_of_bo(services) == self.bo
        text = str({table: store_of(services).execute(f"SELECT * FROM {table}") for table in RULES}).lower()
        assert (MARK not in text) if self.erased else (MARK in text)

    def _visit(self, services: Services, client: str, call: str) -> str:
        store = store_of(services)
        name = client.removeprefix("c-")
        row = [client, name, self.clock(), f"{name}@example.com", "m-1" if client == IDA else "m-2"]
        store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ($1, $2, $3)", row[:3])
        store.execute(
            "INSERT INTO members (email, display_name, role, status, source, client_id, skool_member_id, created_at, "
            "updated_at) VALUES ($4, $2, 'client', 'active', 'skool', $1, $5, $3, $3)",
            row,
        )
        session = enter(services, client)
        events = status(1, "connected", call=call), said(2, f"I am {name}", conversation_id=call)
        services.intake.receive(session.id, delivery(*events, sent_at=self.clock()))
        services.coaching.memory.write(client, f"You are {name}")
        services.sessions.end(session.id, EndReason.CLIENT)
        services.facts.make_all()
        return session.id

    def _rows_of_bo(self, services: Services) -> dict[str, Any]:
        """But for what the import of members says of everybody, and when they were last seen on it."""
        rows = dict(rows_of(store_of(services), ids_of(store_of(services), BO)))
        rows.pop("roster_changes")
        rows["members"] = [{**row, "updated_at": None, "display_name": None} for row in rows["members"]]
        return rows

    def _backup(self, services: Services) -> None:
        self.backups += 1
        target = self.folder / f"backup-{self.backups}"
        target.mkdir()
        take_backup(store_of(services), target, self.clock())

    def _erase(self, services: Services) -> None:
        if not self.erased:
            services.own_data.erase(IDA, IDAS_ADDRESS)
            self.erased = True

    def _late_webhook(self, services: Services) -> None:
        services.records.receive(read_record(record_document(call=CALL)))
        services.facts.make_all()

    def _late_words(self, services: Services) -> None:
        words = delivery(said(9, f"{MARK} again", conversation_id=CALL), sent_at=self.clock())
        try:
            services.intake.receive(self.session, words)
        except RoomNotFoundError:
            assert self.erased

    def _member_export(self, services: Services) -> None:
        def take_in(transaction: Any) -> RosterPlan:
            return roster.import_export(
                transaction,
                read_export(EXPORT),
                sync=False,
                confirmed=None,
                actor="operator",
                now=self.clock(),
                erased_at=list_of(services).recogniser(transaction),
            )

        plan = services.maintenance.write(take_in)
        # Left out, and said so.
        assert [row.email for row in plan.unclear] == ([IDAS_ADDRESS] if self.erased else [])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=6))
@example(["erase", "restore", "member export", "late webhook", "restart"])
@example(["member export", "backup", "erase", "restore", "late words", "member export"])
def test_nobody_who_was_erased_is_back_without_a_word(steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for step in steps:
            world.do(step)
