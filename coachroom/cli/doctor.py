"""Looks over the installation, the settings and the database, and says what is well and what is not."""

from __future__ import annotations

import http.client
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import metadata, resources
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from coachroom.app.backups import backup_plan
from coachroom.app.open_files import max_open_pages
from coachroom.app.setting_lines import SettingLine, setting_lines
from coachroom.budget.amounts import Amounts, Kind, Period, budget_of
from coachroom.charts.formatting import some
from coachroom.cli.database import running_app, settings_in_force
from coachroom.clock import short_date, to_iso
from coachroom.errors import AgentUnavailableError, SettingsError, StatementError, StoreError, StoreLockedError
from coachroom.live.ice import turn_servers_of
from coachroom.live.turn_check import TurnAnswer, ask_turn_servers
from coachroom.metrics import consistency
from coachroom.metrics.facts import disagreements
from coachroom.notifications.mail_server import MailSender, mail_server_of
from coachroom.notifications.message import NotSentError
from coachroom.notifications.web_push import PushKeyError, VapidKey
from coachroom.privacy.erasures import COMPACTED_WITHIN, Erasures
from coachroom.recording.erased_calls import calls_to_delete
from coachroom.settings import UNLIMITED, AgentProvider, PracticeMood, Settings
from coachroom.store.backup import backups_in
from coachroom.store.migrate import (
    HALF_MOVED,
    applied_migrations,
    known_migrations,
    moved_away,
    moved_sentence,
    tables_of,
)
from coachroom.store.opening import open_store
from coachroom.store.private_files import open_to_others
from coachroom.store.replica import ALONE, command_replica
from coachroom.store.replica import SQL as REPLICA_SQL
from coachroom.store.store import Store
from coachroom.web.ports import port_refusal

if TYPE_CHECKING:
    from coachroom.store.mirror import Mirror

OLDEST_PYTHON = (3, 11)
# A community with fewer pages open at once is small.
ENOUGH_PAGES = 1000
# What this program looks at may take some seconds itself.
FAR_APART = timedelta(minutes=1)
VOICE_PACKAGE = "espeakng_loader"
BUILT_ASSETS = ("widget.js", "rawAudioProcessor.js", "audioConcatProcessor.js", "libsamplerate.worklet.js")
BUDGETS = {
    Period.CLIENT_DAY: "a client's day",
    Period.COMMUNITY_DAY: "the community's day",
    Period.COMMUNITY_MONTH: "its month",
}
# What each count of doctor.sql means; none of these rows can come from the app itself.
BROKEN_ROWS = {
    "turns_without_session": "sessions that turns point to and that are not there",
    "calls_without_session": "calls without a session",
    "feedback_without_session": "ratings without a session",
    "sessions_without_client": "sessions without a client",
    "sessions_without_room": "sessions whose room is not there",
    "sessions_ended_badly": "ended sessions with no end, or one before their start",
    "rooms_without_client": "rooms without a client",
    "goals_without_client": "goals without a client",
    "checkins_without_goal": "check-ins without a goal",
    "levels_without_goal": "levels without a goal",
    "memories_without_client": "memories without a client",
    "proposals_without_client": "notes from sessions without a client",
    "members_without_profile": "members whose client profile is not there",
}


class Level(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    BROKEN = "broken"


@dataclass(frozen=True)
class DoctorFinding:
    """One line of the doctor's report."""

    level: Level
    text: str


def examine(now: datetime) -> tuple[list[DoctorFinding], list[SettingLine]]:
    """All findings and every setting: none where they cannot be read. Changes nothing."""
    findings = [*_python(), *_packages(), *_assets(), *_open_files()]
    try:
        settings = settings_in_force()
    except SettingsError as error:
        findings.append(DoctorFinding(Level.BROKEN, f"settings: {error}"))
        return findings, []
    findings.append(DoctorFinding(Level.OK, f"settings: {settings.env} can start with them"))
    findings += [*_sign_in(settings), *_agent(settings), *_budget(settings), *_mail(settings)]
    findings += [
        *_push(settings),
        *_live(settings, now),
        *_port(settings),
        *_database(settings, now),
        *_backups(settings, now),
    ]
    return findings, setting_lines(settings)


def _python() -> Iterator[DoctorFinding]:
    known = sys.version_info >= OLDEST_PYTHON
    wanted = "" if known else f", but coachroom needs {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    yield DoctorFinding(Level.OK if known else Level.BROKEN, f"Python {platform.python_version()}{wanted}")


def _packages() -> Iterator[DoctorFinding]:
    try:
        wanted = [Requirement(text) for text in metadata.requires("coachroom") or []]
    except metadata.PackageNotFoundError:
        yield DoctorFinding(Level.BROKEN, "coachroom is not installed: run `pip install -e .` in its folder")
        return
    needed = [package for package in wanted if package.marker is None or package.marker.evaluate({"extra": ""})]
    for package in needed:
        try:
            version = metadata.version(package.name)
        except metadata.PackageNotFoundError:
            yield DoctorFinding(Level.BROKEN, f"{package.name} is not installed: run `pip install -e .` again")
            continue
        fits = package.specifier.contains(version, prereleases=True)
        rest = "" if fits else f", but coachroom needs {package.specifier}: run `pip install -e .` again"
        yield DoctorFinding(Level.OK if fits else Level.BROKEN, f"{package.name} {version}{rest}")


def _assets() -> Iterator[DoctorFinding]:
    folder = resources.files("coachroom.ui").joinpath("assets")
    missing = [name for name in BUILT_ASSETS if not folder.joinpath(name).is_file()]
    if missing:
        yield DoctorFinding(
            Level.BROKEN, f"browser files: {', '.join(missing)} not built: run `python tools/build_assets.py`"
        )
    else:
        yield DoctorFinding(Level.OK, "browser files are built")


def _sign_in(settings: Settings) -> Iterator[DoctorFinding]:
    if settings.demo_sign_in:
        yield DoctorFinding(
            Level.ATTENTION, "sign-in: whoever sits at this machine may sign in as a demo person (development only)"
        )
    elif settings.oidc_configured:
        yield DoctorFinding(Level.OK, "sign-in: OpenID Connect")
    else:
        yield DoctorFinding(
            Level.BROKEN,
            "sign-in: nobody can sign in: set COACHROOM_OIDC_CLIENT_ID, _CLIENT_SECRET and _METADATA_URL",
        )


def _agent(settings: Settings) -> Iterator[DoctorFinding]:
    if settings.provider is AgentProvider.PRACTICE:
        yield DoctorFinding(Level.OK, "coach: the practice agent, which needs no key")
        if settings.practice_mood is PracticeMood.AWKWARD:
            yield DoctorFinding(
                Level.ATTENTION,
                "coach: the practice agent is awkward on purpose: unset COACHROOM_PRACTICE_MOOD for one that behaves",
            )
        if find_spec(VOICE_PACKAGE) is None:
            yield DoctorFinding(
                Level.ATTENTION,
                "coach: the practice agent speaks in tones: `pip install espeakng-loader` gives it a voice",
            )
    elif settings.elevenlabs_api_key is None:
        yield DoctorFinding(
            Level.ATTENTION,
            f"coach: ElevenLabs agent {settings.agent_id} without ELEVENLABS_API_KEY: only a public agent answers, "
            "and no transcript is fetched after the call",
        )
    else:
        yield _signed_address(settings, settings.elevenlabs_api_key.get_secret_value())


def _signed_address(settings: Settings, key: str) -> DoctorFinding:
    """Whether a call could begin now. To ask for its address costs nothing."""
    from coachroom.elevenlabs.client import ElevenLabs  # noqa: PLC0415 - the SDK takes a second to load

    provider = ElevenLabs(api_key=key, base_url=settings.elevenlabs_url, agent_id=settings.agent_id)
    try:
        provider.signed_url()
    except AgentUnavailableError as error:
        level = Level.BROKEN if error.retry_after is None else Level.ATTENTION
        return DoctorFinding(level, f"coach: no call can begin now ({error.cause}): {error.operator or error}")
    finally:
        provider.close()
    return DoctorFinding(
        Level.OK, f"coach: ElevenLabs agent {settings.agent_id} takes calls; `agent check` looks at it"
    )


def _budget(settings: Settings) -> Iterator[DoctorFinding]:
    budget = budget_of(settings)
    said = "; ".join(f"{whose} {_amounts(budget[period])}" for period, whose in BUDGETS.items())
    yield DoctorFinding(Level.OK, f"budget: {said}")
    if settings.session_minutes > budget[Period.CLIENT_DAY].minutes:
        yield DoctorFinding(
            Level.ATTENTION,
            f"budget: a session may last {settings.session_minutes:g} minutes, which is more than a client has in a "
            "day: raise COACHROOM_CLIENT_MINUTES_PER_DAY or lower COACHROOM_SESSION_MINUTES",
        )


def _amounts(amounts: Amounts) -> str:
    return ", ".join(f"{_quota(amounts.of(kind))} {kind.value}" for kind in Kind)


def _quota(amount: float) -> str:
    return UNLIMITED if amount == inf else f"{amount:,.0f}"


def _mail(settings: Settings) -> Iterator[DoctorFinding]:
    server = mail_server_of(settings)
    if server is None:
        yield DoctorFinding(Level.OK, "mail: none is sent, as COACHROOM_SMTP_HOST is not set")
        return
    try:
        MailSender(server).check()
    except NotSentError as error:
        yield DoctorFinding(Level.BROKEN, f"mail: {server.host}, port {server.port}: {error}")
        return
    yield DoctorFinding(Level.OK, f"mail: {server.host}, port {server.port} lets us in")


def _push(settings: Settings) -> Iterator[DoctorFinding]:
    if settings.push_key is None:
        yield DoctorFinding(Level.OK, "notifications: none are sent, as COACHROOM_PUSH_KEY is not set")
        return
    try:
        VapidKey.read(settings.push_key.get_secret_value())
    except PushKeyError as error:
        yield DoctorFinding(Level.BROKEN, f"notifications: {error}")
        return
    if settings.origin.startswith("https:"):
        yield DoctorFinding(Level.OK, f"notifications: push services know us by a key, and as {settings.origin}")
    else:
        yield DoctorFinding(
            Level.ATTENTION,
            "notifications: phones take them from an https address alone: set COACHROOM_PUBLIC_URL",
        )


def _live(settings: Settings, now: datetime) -> Iterator[DoctorFinding]:
    if not settings.live_coach:
        yield DoctorFinding(Level.OK, "human coach: joins no session, as COACHROOM_LIVE_COACH is off")
        return
    servers = turn_servers_of(settings)
    if servers is None:
        yield DoctorFinding(
            Level.ATTENTION,
            "human coach: no TURN server: some coaches will not reach some clients: set COACHROOM_TURN_URLS",
        )
        return
    for finding in ask_turn_servers(servers, now):
        level = Level.OK if finding.answer is TurnAnswer.RELAYS else Level.BROKEN
        yield DoctorFinding(
            level, f"human coach: {finding.url} {_TURN_ANSWERS[finding.answer].format(finding.detail)}"
        )


_TURN_ANSWERS = {
    TurnAnswer.RELAYS: "relays for us",
    TurnAnswer.WRONG_SECRET: "refuses our password ({}): COACHROOM_TURN_SECRET must be its static-auth-secret, and "
    "both clocks must be right",
    TurnAnswer.REFUSES: "does not relay for us ({})",
    TurnAnswer.SILENT: "cannot be reached from here ({}): look at its address, its port and the firewall",
}


def _port(settings: Settings) -> Iterator[DoctorFinding]:
    refusal = port_refusal(settings.address, settings.port)
    if refusal is None:
        yield DoctorFinding(Level.OK, f"port {settings.port} is free")
    elif _answers(settings):
        yield DoctorFinding(Level.OK, f"port {settings.port}: coachroom is running there")
    else:
        yield DoctorFinding(Level.BROKEN, refusal)


def _answers(settings: Settings) -> bool:
    """Whether a coachroom answers on the port."""
    connection = http.client.HTTPConnection(settings.address, settings.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return b'"status"' in connection.getresponse().read(4096)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _database(settings: Settings, now: datetime) -> Iterator[DoctorFinding]:
    database = settings.database
    if isinstance(database, Path):
        if not database.exists():
            yield DoctorFinding(Level.OK, f"database: {database} does not exist yet, the first start makes it")
            return
        yield from _permissions(database)
    if (services := running_app()) is not None:
        yield DoctorFinding(Level.OK, "database: coachroom is running and has looked into it itself")
        yield from _open_database(services.maintenance.store, settings, now, running=True)
        yield from _mirror(services.mirror)
        return
    try:
        store = open_store(database)
    except StoreLockedError as error:
        yield DoctorFinding(
            Level.ATTENTION, f"database: coachroom is running and keeps it to itself, not looked into. {error}"
        )
        return
    except StoreError as error:
        yield DoctorFinding(Level.BROKEN, f"database: {error}")
        return
    try:
        yield from _open_database(store, settings, now, running=False)
    finally:
        store.close()


def _open_database(store: Store, settings: Settings, now: datetime, *, running: bool) -> Iterator[DoctorFinding]:
    try:
        yield from _shared_erasures(store, settings) if store.shared else _erasures(settings)
        yield from _schema(store, now, running=running)
    except StatementError as error:
        yield DoctorFinding(Level.BROKEN, f"database: {store.name} cannot be read ({error.cause})")


def _mirror(mirror: Mirror | None) -> Iterator[DoctorFinding]:
    if mirror is None:
        return
    try:
        differences = mirror.differences()
    except StoreError as error:
        yield DoctorFinding(Level.ATTENTION, f"numbers: {error}")
        return
    for each in differences:
        yield DoctorFinding(
            Level.BROKEN,
            f"numbers: of {each.table} the database has {some(each.in_source, 'row')} and its mirror "
            f"{some(each.in_mirror, 'row')}, or other values: start coachroom again, which makes a new one",
        )
    if not differences:
        yield DoctorFinding(Level.OK, "numbers: the mirror that they are read from holds what the database holds")


def _erasures(settings: Settings) -> Iterator[DoctorFinding]:
    erasures = Erasures.of(settings, ALONE)
    since = erasures.uncompacted_since()
    if since is not None:
        erased = some(len(erasures.uncompacted()), "client")
        yield DoctorFinding(
            Level.ATTENTION,
            f"erasures: {erased}, and what else was deleted since the database was last "
            "compacted, have their bytes in the file: the running app takes them off the disk by "
            f"{short_date((since + COMPACTED_WITHIN).date())}, "
            "`python -m coachroom compact` at once",
        )


def _shared_erasures(store: Store, settings: Settings) -> Iterator[DoctorFinding]:
    if "erasures" not in tables_of(store):
        return
    unshared = Erasures.of(settings, command_replica(shared=True)).unshared(store)
    if unshared:
        yield DoctorFinding(
            Level.BROKEN,
            f"erasures: the database lacks {some(unshared, 'line')} of this machine's list of erasures, as after a "
            "restore, and may hold what was deleted: start coachroom here, which deletes it again",
        )


def _backups(settings: Settings, now: datetime) -> Iterator[DoctorFinding]:
    plan = backup_plan(settings)
    if not isinstance(settings.database, Path):
        yield DoctorFinding(Level.OK, "backups: none by coachroom: PostgreSQL is backed up with its own tools")
        return
    if plan is None:
        level = Level.ATTENTION if settings.production else Level.OK
        yield DoctorFinding(level, "backups: none by itself: set COACHROOM_BACKUP_DIR to a folder on another disk")
        return
    try:
        taken = backups_in(plan.folder)
    except StoreError as error:
        yield DoctorFinding(Level.BROKEN, f"backups: {error}")
        return
    if not taken or now - taken[-1].taken_at > 2 * plan.every:
        late = f"the latest is of {to_iso(taken[-1].taken_at)}" if taken else "there is none yet"
        yield DoctorFinding(Level.ATTENTION, f"backups: {late} in {plan.folder}: look into the running app's log")
    else:
        kind = "encrypted" if taken[-1].encrypted else "not encrypted: set COACHROOM_BACKUP_KEY"
        yield DoctorFinding(Level.OK, f"backups: {len(taken)} in {plan.folder}, the latest {kind}")


def _erased_calls(store: Store) -> Iterator[DoctorFinding]:
    waiting = calls_to_delete(store)
    if waiting:
        yield DoctorFinding(
            Level.ATTENTION,
            f"erasures: {waiting} calls of which nothing is kept here wait to be deleted at the provider, which is "
            "asked while the app runs",
        )


def _clocks(store: Store, now: datetime) -> Iterator[DoctorFinding]:
    """Sessions go by the database's clock; sign-ins, certificates and the log by the machine's."""
    if not store.shared:
        return
    ((there,),) = store.execute(REPLICA_SQL["now"])
    apart = abs(there - now)
    if apart > FAR_APART:
        yield DoctorFinding(
            Level.BROKEN,
            f"clock: this machine's and the database's are {some(round(apart.total_seconds()), 'second')} apart, "
            "and sign-ins and the log go by this one: have both set by NTP",
        )


def _permissions(database: Path) -> Iterator[DoctorFinding]:
    open_paths = open_to_others(database)
    for path in open_paths:
        mode = "700" if path.is_dir() else "600"
        yield DoctorFinding(
            Level.ATTENTION, f"files: other accounts of this machine may look into {path}: chmod {mode} '{path}'"
        )
    if not open_paths:
        yield DoctorFinding(Level.OK, "files: the database is for this account alone")


def _open_files() -> Iterator[DoctorFinding]:
    pages = max_open_pages()
    if pages is not None:
        level = Level.OK if pages >= ENOUGH_PAGES else Level.ATTENTION
        way_out = "" if level is Level.OK else ": raise the limit of open files (ulimit -Hn, LimitNOFILE of systemd)"
        yield DoctorFinding(level, f"open files: enough for about {pages:,} open pages{way_out}")


def _schema(store: Store, now: datetime, *, running: bool) -> Iterator[DoctorFinding]:
    known = {migration.version: migration.sha256 for migration in known_migrations()}
    newest = max(known)
    applied = applied_migrations(store)
    version = max(applied, default=0)
    if HALF_MOVED in tables_of(store):
        yield DoctorFinding(
            Level.BROKEN, f"database: {store.name} is half moved: give `migrate-to` the same two databases again"
        )
    elif (left := moved_away(store)) is not None:
        yield DoctorFinding(Level.BROKEN, f"database: {moved_sentence(store.name, left)}")
    elif version > newest:
        yield DoctorFinding(
            Level.BROKEN, f"database: schema version {version}, this coachroom knows {newest}: start the newer one"
        )
    elif any(known.get(number) != sha256 for number, sha256 in applied.items()):
        yield DoctorFinding(
            Level.BROKEN, "database: a migration differs from the one it was made with: put the file back"
        )
    elif version < newest:
        yield DoctorFinding(
            Level.ATTENTION, f"database: schema version {version}, the next start brings it to {newest}"
        )
    else:
        yield DoctorFinding(Level.OK, f"database: {store.name} opens, {store.software}, schema version {version}")
        # Others may have a server's database open.
        yield from _content(store, now, running=running or store.shared)


def _content(store: Store, now: datetime, *, running: bool) -> Iterator[DoctorFinding]:
    yield from _erased_calls(store)
    yield from _clocks(store, now)
    broken = [(number, text) for name, text in BROKEN_ROWS.items() if (number := consistency.count(store, name))]
    for number, text in broken:
        yield DoctorFinding(Level.BROKEN, f"database: {text}: {number}; import your latest snapshot into a new file")
    if not broken:
        yield DoctorFinding(Level.OK, "database: everything that belongs together is there")
    if number := len(disagreements(store)):
        yield DoctorFinding(
            Level.ATTENTION,
            f"metrics: {number} sessions have facts that differ from their turns; `rebuild` recomputes them",
        )
    if not running and (number := consistency.count(store, "open_sessions")):
        yield DoctorFinding(
            Level.ATTENTION,
            f"database: sessions left open while no app runs: {number}; the next start ends them, or their client "
            "comes back",
        )
    if not running and (number := consistency.count(store, "overdue_rooms", now)):
        yield DoctorFinding(Level.ATTENTION, f"database: rooms past their time: {number}; the next start closes them")
    if number := consistency.count(store, "clients_with_lost_coach"):
        yield DoctorFinding(
            Level.ATTENTION,
            f"members: clients whose coach is no active coach: {number}; `members set EMAIL --coach EMAIL`",
        )
    if not consistency.count(store, "admins"):
        yield DoctorFinding(Level.ATTENTION, "members: there is no admin: `members add EMAIL --role admin`")
