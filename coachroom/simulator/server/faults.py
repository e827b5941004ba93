"""What can go wrong on purpose, so that the rest of the app can be tried against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Endpoint = Literal[
    "widget",
    "agent",
    "branches",
    "agent_change",
    "tools",
    "tool",
    "tool_change",
    "webhooks",
    "signed_url",
    "token",
    "conversations",
    "conversation",
    "delete",
    "audio",
    "feedback",
    "test",
    "test_delete",
    "test_run",
    "test_invocation",
]


@dataclass(slots=True)
class Faults:
    """Switches that may be changed at any time; the default is that nothing goes wrong.

    A change counts for the next request, and for calls that are already running.
    """

    # Endpoint -> HTTP status that it answers instead of doing its work, for example 429.
    status: dict[Endpoint, int] = field(default_factory=dict)
    # Endpoints that answer 200 with a body that is not JSON.
    garbage: set[Endpoint] = field(default_factory=set)
    # Endpoint -> seconds that it waits before anything else.
    slow: dict[Endpoint, float] = field(default_factory=dict)
    # Close code (1008 or 1011) with which every new call is refused.
    refuse_calls: int | None = None
    # Seconds into a call after which the agent hangs up.
    hang_up_after: float | None = None
    # Close code of that hang-up: 1000 is an agent that ends the call, 1011 one that breaks down.
    hang_up_code: int = 1000
    # So many answers that the agent gives next are neither heard nor read.
    swallowed_answers: int = 0
    # The stored transcript lacks its second half.
    half_transcript: bool = False
    # Seconds that a conversation stays in "processing" beyond the usual half second.
    slow_processing: float = 0.0
    # Signed addresses lead to this host, as where the workspace lives in another region than the settings say.
    signed_host: str | None = None
    # Signed addresses have expired by the time a call comes with them, as from a page that slept.
    expired_addresses: bool = False
    # A call ends after its greeting, as where nobody pays for more.
    quota_used_up: bool = False
    # Endpoint -> seconds between two bytes of an answer that never ends.
    drip: dict[Endpoint, float] = field(default_factory=dict)
    # Post-call webhooks are not sent.
    lose_webhooks: bool = False
    # What the judge of simulated talks says; the practice agent itself has none to ask.
    judgement: Literal["success", "failure", "unknown"] = "unknown"
    # Simulated talks do not come to an end.
    tests_hang: bool = False
    # Post-call webhooks are sent twice.
    duplicate_webhooks: bool = False
