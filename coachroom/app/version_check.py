"""The two versions of a comparison at ElevenLabs: which branches there are, and whether both may be met."""

from __future__ import annotations

from coachroom.agent_config.lint import lint
from coachroom.agent_config.spec import read_agent_file
from coachroom.agent_config.testing import scripts
from coachroom.agent_config.versions import unfit, unlike, version_of
from coachroom.app.agent_connection import open_elevenlabs
from coachroom.app.agent_review import TIMEOUT_SECONDS
from coachroom.comparisons.agent_tries import VersionsThere
from coachroom.comparisons.states import Arm, Comparison
from coachroom.errors import CoachroomError
from coachroom.settings import Settings


class AgentBranches:
    """The branches that the agent has at ElevenLabs, as this process last looked them up for whoever asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.names: dict[str, str] | None = None

    def look_up(self) -> None:
        """From now on `names` has their names by their ids. Raises CoachroomError."""
        with open_elevenlabs(self._settings, TIMEOUT_SECONDS) as there:
            self.names = there.agents.branches()


def look_there(settings: Settings, comparison: Comparison) -> VersionsThere:
    """Which versions are there. Raises CoachroomError where one fails `agent check`, or their words about safety
    differ."""
    file = read_agent_file(settings)
    with open_elevenlabs(settings, TIMEOUT_SECONDS) as there:
        remotes = {arm: there.agents.read(comparison.branch(arm)) for arm in Arm}
        refusals = [
            unfit(comparison.branch(arm), remote, list(lint(remote, there.room, file)))
            for arm, remote in remotes.items()
        ]
    refusals.append(unlike(remotes[Arm.STANDING], remotes[Arm.CANDIDATE]))
    if refusal := next((each for each in refusals if each is not None), None):
        raise CoachroomError(refusal)
    return VersionsThere(
        {arm: version_of(remote) for arm, remote in remotes.items()}, scripts.fingerprint(scripts.file_of(settings))
    )
