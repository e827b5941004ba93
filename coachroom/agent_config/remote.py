"""The agent as it is at ElevenLabs, read and changed through the official SDK. Errors are sentences for operators."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from coachroom.elevenlabs.address import path_part
from coachroom.elevenlabs.connection import Connection
from coachroom.errors import AgentUnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")
Body = dict[str, Any]

TIMEOUT_SECONDS = 20
PAGE_SIZE = 100
MAX_PAGES = 50
MAX_REASON_CHARS = 300
ONCE: Any = {"max_retries": 0}

REFUSED = (
    "ElevenLabs refused the key: set ELEVENLABS_API_KEY to a key of the agent's workspace that may read and write "
    "agents and tools."
)
SENTENCES: dict[int, tuple[str, str]] = {
    401: ("unauthorized", REFUSED),
    402: ("quota", "ElevenLabs' quota is used up: raise it in your plan, then run this again."),
    403: ("unauthorized", REFUSED),
    404: (
        "agent_missing",
        "ElevenLabs has no agent {agent_id} at {url}: set COACHROOM_AGENT_ID, and COACHROOM_ELEVENLABS_URL to the "
        "region it lives in.",
    ),
    429: ("busy", "ElevenLabs has too many questions at once: wait a minute, then run this again."),
}
NOT_TAKEN = (
    "not_taken",
    "ElevenLabs did not take the change ({reason}): correct the agent's file, then run `agent apply` again.",
)
TEST_NOT_TAKEN = (
    "not_taken",
    "ElevenLabs did not take the tests ({reason}): correct the agent's file or that of the clients, then try again.",
)
NO_ANSWER = (
    "no_answer",
    "ElevenLabs gives no usable answer at {url}: check COACHROOM_ELEVENLABS_URL and the connection, then try again.",
)


@dataclass(frozen=True)
class RemoteTool:
    id: str
    config: Body


@dataclass(frozen=True)
class RemoteWebhook:
    id: str
    url: str
    disabled: bool


@dataclass(frozen=True)
class RemoteState:
    """What ElevenLabs has. `tools`: all client tools of the workspace; `webhooks`: None where the key may not see."""

    agent: Body
    tools: tuple[RemoteTool, ...]
    webhooks: tuple[RemoteWebhook, ...] | None


class Agents:
    """One agent at ElevenLabs and the tools of its workspace. Blocking; methods raise AgentUnavailableError."""

    def __init__(
        self, *, api_key: str, base_url: str, agent_id: str, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._connection = Connection(api_key=api_key, base_url=base_url, timeout_seconds=timeout_seconds)
        self._base_url = base_url
        self._agent_id = agent_id

    def close(self) -> None:
        self._connection.close()

    def read(self, branch_id: str | None = None) -> RemoteState:
        """The agent as it is on the branch; None: on its main one."""
        return RemoteState(
            self._asked(lambda: self._agent(branch_id)), self._asked(lambda: tuple(self._tools())), self._webhooks()
        )

    def update(self, patch: Body) -> None:
        """Changes what `patch` names of `name`, `conversation_config` and `platform_settings`."""
        self._asked(
            lambda: self._connection.client.conversational_ai.agents.update(
                self._agent_id, **patch, request_options=ONCE
            )
        )

    def create_tool(self, config: Body) -> str:
        """The id of the new tool."""
        request: Any = {"tool_config": config}
        return self._asked(
            lambda: str(
                self._connection.client.conversational_ai.tools.create(request=request, request_options=ONCE).id
            )
        )

    def update_tool(self, tool_id: str, config: Body) -> None:
        """Replaces the tool's configuration."""
        request: Any = {"tool_config": config}
        self._asked(
            lambda: self._connection.client.conversational_ai.tools.update(
                path_part(tool_id), request=request, request_options=ONCE
            )
        )

    def delete_tool(self, tool_id: str) -> None:
        self._asked(
            lambda: self._connection.client.conversational_ai.tools.delete(path_part(tool_id), request_options=ONCE)
        )

    def create_test(self, test: Body) -> str:
        """The id of the new test of the workspace."""
        request: Any = test
        return self._asked(
            lambda: str(
                self._connection.client.conversational_ai.tests.create(request=request, request_options=ONCE).id
            ),
            TEST_NOT_TAKEN,
        )

    def delete_test(self, test_id: str) -> None:
        self._asked(
            lambda: self._connection.client.conversational_ai.tests.delete(path_part(test_id), request_options=ONCE)
        )

    def run_tests(self, test_ids: Sequence[str], config: Body) -> Body:
        """Begins to run these tests on the agent as `config` has it; their invocation."""
        override: Any = config
        tests: Any = [{"test_id": test_id} for test_id in test_ids]
        return self._asked(
            lambda: _plain(
                self._connection.client.conversational_ai.agents.run_tests(
                    self._agent_id, tests=tests, agent_config_override=override, request_options=ONCE
                )
            ),
            TEST_NOT_TAKEN,
        )

    def test_invocation(self, invocation_id: str) -> Body:
        """How far the tests of a run are."""
        return self._asked(
            lambda: _plain(
                self._connection.client.conversational_ai.tests.invocations.get(
                    path_part(invocation_id), request_options=ONCE
                )
            )
        )

    def cancel_tests(self, invocation_id: str) -> None:
        self._asked(
            lambda: self._connection.client.conversational_ai.tests.invocations.cancel(
                path_part(invocation_id), request_options=ONCE
            )
        )

    def branches(self) -> dict[str, str]:
        """The agent's branches that can be called: their names by their ids."""
        return self._asked(
            lambda: {
                str(branch.id): str(branch.name)
                for branch in self._connection.client.conversational_ai.agents.branches.list(
                    self._agent_id, include_archived=False, limit=PAGE_SIZE, request_options=ONCE
                ).results
                if not branch.is_archived
            }
        )

    def _agent(self, branch_id: str | None) -> Body:
        agent = _plain(
            self._connection.client.conversational_ai.agents.get(
                self._agent_id, branch_id=branch_id, request_options=ONCE
            )
        )
        if not isinstance(agent.get("conversation_config"), dict):
            raise ValueError("conversation_config")
        return agent

    def _tools(self) -> Iterator[RemoteTool]:
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = self._connection.client.conversational_ai.tools.list(
                types=["client"], page_size=PAGE_SIZE, cursor=cursor, request_options=ONCE
            )
            for tool in page.tools:
                yield RemoteTool(str(tool.id), _plain(tool.tool_config))
            cursor = page.next_cursor
            if not page.has_more or not cursor:
                return

    def _webhooks(self) -> tuple[RemoteWebhook, ...] | None:
        def ask() -> tuple[RemoteWebhook, ...]:
            listed = self._connection.client.webhooks.list(request_options=ONCE).webhooks
            return tuple(
                RemoteWebhook(hook.webhook_id, hook.webhook_url, bool(hook.is_disabled or hook.is_auto_disabled))
                for hook in listed
            )

        try:
            return self._asked(ask)
        except AgentUnavailableError as error:
            # Webhooks belong to the workspace: a key may be good for agents and see none of them.
            if error.cause in {"unauthorized", "agent_missing"}:
                return None
            raise

    def _asked(self, ask: Callable[[], T], not_taken: tuple[str, str] = NOT_TAKEN) -> T:
        try:
            return ask()
        except Exception as error:
            status = getattr(error, "status_code", None) or 0
            cause, sentence = SENTENCES.get(status, not_taken if status in {400, 409, 422} else NO_ANSWER)
            log.info("agent as code: %s (%s, status %s)", cause, type(error).__name__, status)
            text = sentence.format(
                agent_id=self._agent_id, url=self._base_url, reason=_reason(getattr(error, "body", None))
            )
            raise AgentUnavailableError(text, cause=cause, retry_after=None) from error


def _plain(model: Any) -> Body:
    """A model of the SDK as the JSON it came from."""
    plain: Body = model.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    return plain


def _reason(body: Any) -> str:
    """Their reason in one line: FastAPI's list of places and messages, or ElevenLabs' own status and message."""
    detail = body.get("detail") if isinstance(body, dict) else body
    if isinstance(detail, dict):
        detail = detail.get("message") or detail.get("status")
    if isinstance(detail, list):
        detail = "; ".join(
            f"{'.'.join(map(str, one.get('loc', ['body'])[1:]))}: {one.get('msg')}"
            for one in detail
            if isinstance(one, dict)
        )
    return " ".join(str(detail or "no reason given").split())[:MAX_REASON_CHARS].rstrip(".")
