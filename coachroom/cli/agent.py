"""What `coachroom agent plan | apply | check` does: the ElevenLabs agent as its file describes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from coachroom import project_files
from coachroom import settings as settings_module
from coachroom.agent.tool_specs import TOOLS
from coachroom.agent_config import render
from coachroom.agent_config import spec as agent_file
from coachroom.agent_config.apply import apply as carry_out
from coachroom.agent_config.desired import RoomRequirements, agent_body
from coachroom.agent_config.diff import AgentDiff, make_diff
from coachroom.agent_config.lint import lint
from coachroom.agent_config.remote import Agents, RemoteState
from coachroom.agent_config.spec import AgentFile
from coachroom.app.simulator_wiring import PROVIDER_WEBHOOK_PATH
from coachroom.cli.output import clean
from coachroom.errors import CoachroomError, SettingsError
from coachroom.settings import Settings

DIFFERS = 1
SERIOUS = 1
NOTHING = "Nothing to change: the agent is as the file has it."


@dataclass(frozen=True)
class _There:
    """The agent of the settings, at ElevenLabs or whatever speaks its API."""

    settings: Settings
    agents: Agents

    @property
    def room(self) -> RoomRequirements:
        # An allow-list names a port only where it is not the usual one, as an address does.
        host = urlsplit(self.settings.origin).netloc
        takes_webhooks = self.settings.webhook_secret is not None
        webhook_url = self.settings.origin + PROVIDER_WEBHOOK_PATH if takes_webhooks else None
        return RoomRequirements(host, self.settings.session_minutes, webhook_url)

    @property
    def file(self) -> AgentFile:
        """The file of the settings; in a folder without one, the one that coachroom brings. Raises TomlFileError."""
        path = self.settings.agent_file
        chosen = "agent_file" in self.settings.model_fields_set
        return agent_file.read(path if chosen or path.exists() else project_files.FOLDER / path)

    def planned(self, file: AgentFile, remote: RemoteState) -> AgentDiff:
        return make_diff(agent_body(file, self.room, remote.webhooks), TOOLS, remote)


def plan() -> int:
    """Shows what differs. Exit status 1 when something does."""
    with _there() as there:
        file = there.file
        found = there.planned(file, there.agents.read())
    if not found.count:
        print(NOTHING)
        return 0
    _print_plan(found)
    print(f"\n{render.count(found)}; nothing was written. `python -m coachroom agent apply` makes them.")
    return DIFFERS


def apply(*, yes: bool) -> int:
    """Changes what `plan` shows, after a question unless `yes`. Exit status 1 when the answer was no."""
    if not yes and not sys.stdin.isatty():
        raise CoachroomError(
            "`agent apply` asks before it changes anything, and nobody is there to answer: give --yes."
        )
    with _there() as there:
        file = there.file
        remote = there.agents.read()
        found = there.planned(file, remote)
        if not found.count:
            print(NOTHING)
            return 0
        _print_plan(found)
        print()
        if not yes and input(f"Make {render.count(found)} at ElevenLabs? Type yes: ").strip().lower() != "yes":
            print("Nothing was changed.")
            return DIFFERS
        carry_out(there.agents, found, remote, lambda again: there.planned(file, again))
    print(f"{render.count(found)} made and read back.")
    return 0


def check() -> int:
    """Names every trouble. Exit status 1 when one is serious."""
    with _there() as there:
        found = lint(there.agents.read(), there.room)
    for finding in found:
        print(f"{'serious' if finding.serious else 'attention':<9}  {clean(finding.text)}")
    if not found:
        print("The agent is fit for the room.")
    return SERIOUS if any(finding.serious for finding in found) else 0


def _print_plan(found: AgentDiff) -> None:
    for line in render.lines(found):
        print(clean(line))


@contextmanager
def _there() -> Iterator[_There]:
    settings = settings_module.load()
    key = settings.elevenlabs_api_key
    if key is None or not key.get_secret_value():
        raise SettingsError("There is no key for ElevenLabs: set ELEVENLABS_API_KEY in the environment or in .env.")
    agents = Agents(api_key=key.get_secret_value(), base_url=settings.elevenlabs_url, agent_id=settings.agent_id)
    try:
        yield _There(settings, agents)
    finally:
        agents.close()
