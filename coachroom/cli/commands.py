"""Every command. A running app runs them as well, all but `run`, which starts one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from coachroom.cli.agent_command import add_agent
from coachroom.cli.backup import add_backup, add_hold_back, add_restore
from coachroom.cli.call_check_command import add_call_check
from coachroom.cli.data import add_demo, add_import, add_rebuild, add_snapshot
from coachroom.cli.doctor_command import add_doctor
from coachroom.cli.export import add_export, add_metrics
from coachroom.cli.members import add_members
from coachroom.cli.migrate_to import add_migrate_to
from coachroom.cli.output import complain
from coachroom.cli.parser import Parser
from coachroom.cli.privacy import add_compact, add_erase, add_export_client
from coachroom.cli.push_key import add_push_key
from coachroom.errors import MISTAKE, CoachroomError
from coachroom.store.failures import sentence_for_operator


def build_parser(add_run: Callable[[argparse.ArgumentParser], None] | None = None) -> argparse.ArgumentParser:
    """Every command with its arguments; `run` only where its `add_run` is given."""
    parser = Parser(prog="python -m coachroom", description="A private room to talk with an AI voice coach.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    if add_run is not None:
        add_run(commands.add_parser("run", help="start the app"))
    add_import(commands.add_parser("import", help="take over tables of a folder or another database, or a snapshot"))
    add_export(commands.add_parser("export", help="write a metric into a file"))
    add_metrics(commands.add_parser("metrics", help="what every metric means"))
    add_members(commands.add_parser("members", help="who may sign in"))
    add_snapshot(commands.add_parser("snapshot", help="write every table as Parquet into a new folder"))
    add_backup(commands.add_parser("backup", help="write the whole database into one file"))
    add_restore(commands.add_parser("restore", help="make a database of a backup"))
    add_hold_back(
        commands.add_parser(
            "hold-back", help="after another tool has restored a database: send nothing that was due, and erase again"
        )
    )
    add_migrate_to(commands.add_parser("migrate-to", help="move the database to PostgreSQL, or back into a file"))
    add_agent(commands.add_parser("agent", help="the ElevenLabs agent as its file describes it"))
    add_call_check(commands.add_parser("call-check", help="one scripted call with the agent: turn-taking and waits"))
    add_demo(commands.add_parser("demo", help="fill a new database with an invented community"))
    add_rebuild(commands.add_parser("rebuild", help="recompute the metrics' session facts from the turns"))
    add_erase(commands.add_parser("erase", help="delete everything that is kept of a client"))
    add_export_client(
        commands.add_parser("export-client", help="write everything that is kept of a client into a ZIP")
    )
    add_compact(commands.add_parser("compact", help="copy the database into a new file, without what was deleted"))
    add_push_key(commands.add_parser("push-key", help="print a new key for notifications"))
    add_doctor(commands.add_parser("doctor", help="check installation, settings and database"))
    return parser


def run_command(options: argparse.Namespace) -> int:
    """Runs a command here; a mistake is one sentence and its exit status."""
    try:
        status: int = options.command(options)
    except CoachroomError as error:
        complain(sentence_for_operator(error))
        return MISTAKE
    return status
