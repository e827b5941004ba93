"""Why a call failed, told from its close code and reason: what an administrator is told, and the way out. Pure.

The page tells whose part it is to mend from the same code and reason (ui/assets/refusals.js), for the client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

APPLY = "`python -m coachroom agent apply`"


@dataclass(frozen=True)
class Refusal:
    """One cause. `what` ends "2 of 20 calls failed: …", `way_out` is a sentence without its full stop."""

    what: str
    way_out: str


# The client library's word for a call that neither side ended, and the page's for one that found no free line.
BROKEN = "error"
NO_FREE_LINE = "queue"
# The page gave the call up: its line carried nothing any more.
DEAD_LINE = "line"
# The page gave the call up: the agent neither spoke nor wrote, also when it was asked again.
SILENT_AGENT = "silent"


@dataclass(frozen=True)
class CallEnding:
    """How a call ended, or why it never began.

    `why` is the word of the page or of the server; the close code and reason are the provider's, None without one.
    """

    why: str | None
    close_code: int | None = None
    close_reason: str | None = None

    @property
    def failed(self) -> bool:
        """Whether a call that had begun failed. One that the page gave up, as where a device broke, has no code."""
        return self.why in (NO_FREE_LINE, DEAD_LINE, SILENT_AGENT) or (
            self.why == BROKEN and self.close_code is not None
        )


@dataclass(frozen=True)
class _Cause:
    """One cause, found by the words of a close reason. `what_of` is told where they name what it is about."""

    words: str
    what: str
    way_out: str
    what_of: str = ""

    def in_reason(self, reason: str) -> Refusal | None:
        found = re.search(self.words, reason, re.IGNORECASE)
        if found is None:
            return None
        named = next((group for group in found.groups() if group), "").rpartition(".")[2]
        return Refusal(self.what_of.format(named) if named else self.what, self.way_out)


# In the provider's words, whatever the code; the first that fits counts.
_CAUSES = (
    _Cause(
        r"override for field '([\w. ]+)'|override_error",
        "the agent does not allow an override",
        f"{APPLY} allows it, or set it to false under [overrides] in the agent's file",
        "the agent does not allow the override {}",
    ),
    _Cause(
        r"missing (?:required )?dynamic variables?[^:]*: ?\W*(\w+)|missing_dynamic_variable",
        "the agent's texts name a variable without a value",
        f"give it one under [placeholders] in the agent's file, then {APPLY}",
        "the agent's texts name a variable without a value, {}",
    ),
    _Cause(
        r"language '?([\w-]+)'?.* not (?:supported|allowed)|unsupported language|invalid language",
        "the agent does not speak a language that was asked for",
        f"{APPLY} makes the languages that the agent's file has",
        "the agent does not speak the language {}",
    ),
    _Cause(
        r"quota|credits|exceeds your|payment", "the quota at ElevenLabs is used up", "raise it in your plan there"
    ),
    _Cause(
        r"(?:signed url|signature|token).*(?:expired|invalid|wrong)|(?:expired|invalid|wrong) signature|expired",
        "the call's signed address was no longer valid",
        "look whether this server's clock is right; a page that slept for long gets a new one by itself",
    ),
    _Cause(
        r"too many|concurren|rate.?limit|call limit|busy",
        "more calls at once, or in a day, than the agent takes",
        "raise [limits] in the agent's file or your plan at ElevenLabs",
    ),
    _Cause(
        r"agent.*(?:does not exist|not found|deleted)|no such agent",
        "the agent does not exist",
        "set COACHROOM_AGENT_ID to one that does",
    ),
    _Cause(
        r"allow.?list|white.?list|\borigin\b|\bhost\b",
        "the agent takes no calls from this page",
        f"name the host of COACHROOM_PUBLIC_URL under access.hosts in the agent's file, then {APPLY}",
    ),
    _Cause(
        r"signed url only|authenticat|authori[sz]",
        "the agent takes only calls whose address this server signs",
        "set ELEVENLABS_API_KEY to a key of the agent's workspace",
    ),
)
# What the page or the server says of a call that has no close reason.
_WHYS: dict[str, Refusal] = {
    "policy": Refusal(
        "the page's content policy blocked the call's address",
        "set COACHROOM_ELEVENLABS_URL to the region of the agent's workspace, and look whether a proxy in front of "
        "the app sends a policy of its own",
    ),
    "unauthorized": Refusal(
        "ElevenLabs refused the key", "set ELEVENLABS_API_KEY to a key of the agent's workspace that may start calls"
    ),
    "quota": Refusal("the quota at ElevenLabs is used up", "raise it in your plan there"),
    "agent_missing": Refusal("the agent does not exist", "set COACHROOM_AGENT_ID to one that does"),
    "busy": Refusal("ElevenLabs had too many requests at once", "raise your plan there if this goes on"),
    "not_taken": Refusal(
        "ElevenLabs did not take the request for a signed address",
        "look at COACHROOM_AGENT_ID, then at `python -m coachroom agent check`",
    ),
    "other_host": Refusal(
        "ElevenLabs hands out addresses in another region",
        "set COACHROOM_ELEVENLABS_URL to the region of the agent's workspace",
    ),
    NO_FREE_LINE: Refusal("all lines stayed taken", "raise [limits] in the agent's file or your plan at ElevenLabs"),
    SILENT_AGENT: Refusal("the agent fell silent", "look at the conversation in ElevenLabs' history"),
    "no_answer": Refusal("ElevenLabs gave no answer", "look at its status page, and at this server's connection"),
    "microphone": Refusal("the client's microphone could not be used", "this is at the client's"),
    "timeout": Refusal(
        "the call did not connect within 20 seconds",
        "this is at the client's, or at a proxy or firewall between",
    ),
    "not_begun": Refusal(
        "the agent did not begin within 20 seconds, though the connection stood",
        "look with `python -m coachroom agent check` whether the agent speaks each language that clients may choose",
    ),
}
BROKE_DOWN = Refusal("the agent broke down", "look at the conversation in ElevenLabs' history")
REFUSED = Refusal("the agent refused the call", "run `python -m coachroom agent check`")
CONNECTION = Refusal("the client's connection broke", "this is at the client's, or at a firewall between")
CLOSED_NORMALLY, NO_CLOSE_FRAME = 1000, 1006
BREAKDOWN_CODES = frozenset({1002, 1011, 1013})
REFUSAL_CODE = 1008


def refusal_of(call: CallEnding) -> Refusal:
    """The cause of a failed call, as an administrator is told it."""
    if call.close_code is not None:
        for cause in _CAUSES:
            if refusal := cause.in_reason(call.close_reason or ""):
                return refusal
    if call.why in _WHYS and call.close_code in (None, NO_CLOSE_FRAME, CLOSED_NORMALLY):
        return _WHYS[call.why]
    if call.close_code == REFUSAL_CODE:
        return REFUSED
    return BROKE_DOWN if call.close_code in BREAKDOWN_CODES else CONNECTION
