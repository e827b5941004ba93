"""The HTTP routes: widget settings, signed URLs, and the conversations that are over."""

from __future__ import annotations

import base64
import binascii
import io
import json
import wave
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from coachroom.simulator.call.protocol import MAX_TEXT_CHARS, SAMPLE_RATE, Message
from coachroom.simulator.context import SimulatorContext
from coachroom.simulator.server import auth, payloads
from coachroom.simulator.server.agent_config import MAIN_BRANCH, ApiValidationError, on_branch
from coachroom.simulator.server.agent_tests import AgentTestRoutes
from coachroom.simulator.server.archive import PracticeCall, unix
from coachroom.simulator.server.faults import Endpoint

Handler = Callable[[Request], Awaitable[Response]]

ROOT = "/v1/convai"
WORKSPACE = "/v1/workspace"
PAGE_SIZE = 30
MAX_PAGE_SIZE = 100
MAX_BODY_BYTES = 64 * 1024
MAX_AGENT_BYTES = 1024 * 1024


class ApiError(Exception):
    """An answer that is not 200, in ElevenLabs' form."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name

    def response(self) -> Response:
        return JSONResponse({"detail": {"status": self.name, "message": str(self)}}, self.status)


class PracticeApi:
    """The routes of one practice agent."""

    def __init__(self, context: SimulatorContext) -> None:
        self._context = context
        self.tests = AgentTestRoutes(context.configurations)

    def routes(self) -> list[BaseRoute]:
        conversation = ROOT + "/conversations/{conversation_id}"
        return [
            self._open("widget", "GET", ROOT + "/agents/{agent_id}/widget", self.widget),
            self._open("feedback", "POST", conversation + "/feedback", self.feedback),
            self._keyed("agent", "GET", ROOT + "/agents/{agent_id}", self.agent),
            self._keyed("branches", "GET", ROOT + "/agents/{agent_id}/branches", self.branches),
            self._keyed("agent_change", "PATCH", ROOT + "/agents/{agent_id}", self.change_agent),
            self._keyed("tools", "GET", ROOT + "/tools", self.tools),
            self._keyed("tool_change", "POST", ROOT + "/tools", self.make_tool),
            self._keyed("tool", "GET", ROOT + "/tools/{tool_id}", self.tool),
            self._keyed("tool_change", "PATCH", ROOT + "/tools/{tool_id}", self.change_tool),
            self._keyed("tool_change", "DELETE", ROOT + "/tools/{tool_id}", self.delete_tool),
            self._keyed("webhooks", "GET", WORKSPACE + "/webhooks", self.webhooks),
            self._keyed("signed_url", "GET", ROOT + "/conversation/get-signed-url", self.signed_url),
            self._keyed("signed_url", "GET", ROOT + "/conversation/get_signed_url", self.signed_url),
            self._keyed("token", "GET", ROOT + "/conversation/token", self.token),
            self._keyed("conversations", "GET", ROOT + "/conversations", self.conversations),
            self._keyed("conversation", "GET", conversation, self.conversation),
            self._keyed("delete", "DELETE", conversation, self.delete),
            self._keyed("audio", "GET", conversation + "/audio", self.audio),
            self._keyed("test", "POST", ROOT + "/agent-testing/create", self.make_test),
            self._keyed("test_delete", "DELETE", ROOT + "/agent-testing/{test_id}", self.delete_test),
            self._keyed("test_run", "POST", ROOT + "/agents/{agent_id}/run-tests", self.run_tests),
            self._keyed("test_invocation", "GET", ROOT + "/test-invocations/{invocation_id}", self.test_invocation),
            self._keyed(
                "test_invocation", "POST", ROOT + "/test-invocations/{invocation_id}/cancel", self.cancel_tests
            ),
        ]

    async def widget(self, request: Request) -> Response:
        agent_id = self._agent_id(request.path_params["agent_id"])
        return JSONResponse(payloads.widget(agent_id))

    async def agent(self, request: Request) -> Response:
        agent_id = self._agent_id(request.path_params["agent_id"])
        return self._as_it_is(request, _on_branch(request, agent_id))

    async def branches(self, request: Request) -> Response:
        return JSONResponse(payloads.branches(self._agent_id(request.path_params["agent_id"])))

    async def change_agent(self, request: Request) -> Response:
        agent_id, patch = self._agent_id(request.path_params["agent_id"]), await _json_body(request, MAX_AGENT_BYTES)
        settings = _on_branch(request, agent_id)
        self._context.configurations.change(settings, patch, self._now())
        return self._as_it_is(request, settings)

    def _as_it_is(self, request: Request, settings: str) -> JSONResponse:
        """The agent with the version and branch that it is on."""
        configurations = self._context.configurations
        branch_id = request.query_params.get("branch_id") or MAIN_BRANCH
        version = {"version_id": configurations.version(settings), "branch_id": branch_id}
        return JSONResponse(configurations.agent(settings) | version)

    async def tools(self, request: Request) -> Response:
        """Filtered, a page at a time. The cursor is the id of the last tool of a page."""
        asked = request.query_params
        size = _page_size(asked.get("page_size"))
        types, begin = asked.getlist("types"), asked.get("search", "")
        found = [
            tool
            for tool in self._context.configurations.tools.values()
            if (not types or tool["tool_config"]["type"] in types) and tool["tool_config"]["name"].startswith(begin)
        ]
        ids = [tool["id"] for tool in found]
        cursor = asked.get("cursor")
        rest = found[ids.index(cursor) + 1 :] if cursor in ids else found
        more = len(rest) > size
        next_cursor = rest[size - 1]["id"] if more else None
        return JSONResponse({"tools": rest[:size], "next_cursor": next_cursor, "has_more": more})

    async def tool(self, request: Request) -> Response:
        return JSONResponse(self._tool(request))

    async def make_tool(self, request: Request) -> Response:
        return JSONResponse(self._context.configurations.put_tool(await _json_body(request)))

    async def change_tool(self, request: Request) -> Response:
        tool_id = self._tool(request)["id"]
        return JSONResponse(self._context.configurations.put_tool(await _json_body(request), tool_id))

    async def delete_tool(self, request: Request) -> Response:
        del self._context.configurations.tools[self._tool(request)["id"]]
        return JSONResponse(None)

    async def webhooks(self, _: Request) -> Response:
        return JSONResponse({"webhooks": self._context.configurations.webhooks})

    async def signed_url(self, request: Request) -> Response:
        agent_id = self._agent_id(request.query_params.get("agent_id"))
        single_use = request.query_params.get("include_conversation_id", "").lower() == "true"
        conversation_id = auth.new_conversation_id() if single_use else ""
        settings = _on_branch(request, agent_id)
        signature = self._context.signer.make(settings, self._now(), conversation_id)
        url = _socket_url(request, self._context.faults.signed_host or request.url.netloc)
        url = url.include_query_params(agent_id=agent_id, conversation_signature=signature)
        if branch_id := request.query_params.get("branch_id"):
            url = url.include_query_params(branch_id=branch_id)
        extra = {"conversation_id": conversation_id} if single_use else {}
        return JSONResponse({"signed_url": str(url), **extra})

    async def token(self, request: Request) -> Response:
        agent_id = self._agent_id(request.query_params.get("agent_id"))
        return JSONResponse({"token": self._context.signer.token(agent_id, self._now())})

    async def conversations(self, request: Request) -> Response:
        """Newest first, filtered, a page at a time. The cursor is the id of the last conversation of a page."""
        asked = request.query_params
        size = _page_size(asked.get("page_size"))
        after = _number(asked.get("call_start_after_unix"), "call_start_after_unix")
        before = _number(asked.get("call_start_before_unix"), "call_start_before_unix")
        found = [
            record
            for record in self._context.archive.newest_first()
            if asked.get("agent_id") in (None, "", record.agent_id)
            and asked.get("user_id") in (None, "", record.start.user_id)
            and (after is None or record.started_unix >= after)
            and (before is None or record.started_unix <= before)
        ]
        rest = _behind(found, asked.get("cursor"))
        page = rest[:size]
        return JSONResponse(payloads.page(page, _cursor(page[-1]) if len(rest) > size else None))

    async def conversation(self, request: Request) -> Response:
        record = self._record(request)
        return JSONResponse(payloads.conversation(record, half=self._context.is_half(record)))

    async def delete(self, request: Request) -> Response:
        self._context.archive.delete(self._record(request).id)
        return JSONResponse({})

    async def audio(self, request: Request) -> Response:
        """The client's side of the call as a WAV file."""
        record = self._record(request)
        if not record.audio:
            raise ApiError(404, "audio_not_found", "This conversation has no audio.")
        return Response(_wav(bytes(record.audio)), media_type="audio/wav")

    async def make_test(self, request: Request) -> Response:
        return JSONResponse(self.tests.create(await _json_body(request, MAX_AGENT_BYTES)))

    async def delete_test(self, request: Request) -> Response:
        if not self.tests.delete(request.path_params["test_id"]):
            raise _no_test()
        return JSONResponse({})

    async def run_tests(self, request: Request) -> Response:
        agent_id, body = self._agent_id(request.path_params["agent_id"]), await _json_body(request, MAX_AGENT_BYTES)
        try:
            return JSONResponse(self.tests.begin(agent_id, body, self._context.timing.clock()))
        except KeyError:
            raise _no_test() from None

    async def test_invocation(self, request: Request) -> Response:
        """Finishes what is pending, unless it is to hang."""
        invocation_id, faults = request.path_params["invocation_id"], self._context.faults
        try:
            if faults.tests_hang:
                return JSONResponse(self.tests.invocation(invocation_id))
            return JSONResponse(self.tests.finish(invocation_id, self._context.timing.clock(), faults.judgement))
        except KeyError:
            raise _no_test() from None

    async def cancel_tests(self, request: Request) -> Response:
        try:
            return JSONResponse(self.tests.cancel(request.path_params["invocation_id"]))
        except KeyError:
            raise _no_test() from None

    async def feedback(self, request: Request) -> Response:
        """Takes `{"feedback": "like" | "dislike" | null}` or `{"rating": 1..5, "comment": text}`."""
        if not self._context.allowed_origins(request.headers.get("origin"), request.headers.get("host", "")):
            raise ApiError(403, "origin_not_allowed", "This page may not send feedback.")
        record, body = self._record(request), await _json_body(request)
        liked, rating, comment = body.get("feedback"), body.get("rating"), body.get("comment")
        if liked not in (None, "like", "dislike"):
            raise _unprocessable("feedback is like or dislike.")
        if rating is not None and (type(rating) is not int or not 1 <= rating <= 5):
            raise _unprocessable("rating is a number from 1 to 5.")
        if comment is not None and (not isinstance(comment, str) or len(comment) > MAX_TEXT_CHARS):
            raise _unprocessable(f"comment is a text of at most {MAX_TEXT_CHARS} characters.")
        record.liked = liked or record.liked
        record.rating = rating or record.rating
        record.comment = comment or record.comment
        return JSONResponse({})

    def _open(self, endpoint: Endpoint, method: str, path: str, handler: Handler) -> Route:
        """A route that the widget calls, which has no key."""

        async def served(request: Request) -> Response:
            try:
                return await self._faulty(endpoint) or await handler(request)
            except ApiError as error:
                return error.response()
            except ApiValidationError as refusal:
                return JSONResponse({"detail": refusal.faults}, 422)

        return Route(path, served, methods=[method], name=f"practice_{endpoint}")

    def _keyed(self, endpoint: Endpoint, method: str, path: str, handler: Handler) -> Route:
        """A route that needs the API key."""

        async def checked(request: Request) -> Response:
            if not auth.key_matches(self._context.api_key, request.headers.get("xi-api-key")):
                raise ApiError(401, "invalid_api_key", "Invalid API key")
            return await handler(request)

        return self._open(endpoint, method, path, checked)

    async def _faulty(self, endpoint: Endpoint) -> Response | None:
        """The answer that a fault demands, if one does."""
        if wait := self._context.faults.slow.get(endpoint):
            await self._context.timing.sleep(wait)
        if status := self._context.faults.status.get(endpoint):
            raise ApiError(status, "injected_fault", f"The practice agent is set to answer {status}.")
        if endpoint in self._context.faults.garbage:
            return Response("<html>not what you expected", media_type="application/json")
        if pause := self._context.faults.drip.get(endpoint):
            return StreamingResponse(self._drops(pause), media_type="application/json")
        return None

    async def _drops(self, pause: float) -> AsyncIterator[bytes]:
        """White space, which any document may begin with, until the one who asked has enough of it."""
        while True:
            yield b" "
            await self._context.timing.sleep(pause)

    def _agent_id(self, agent_id: str | None) -> str:
        if not agent_id:
            raise _unprocessable("agent_id is missing.")
        if not self._context.knows(agent_id):
            raise ApiError(404, "agent_not_found", "There is no agent with this id.")
        return agent_id

    def _tool(self, request: Request) -> Message:
        tool = self._context.configurations.tools.get(request.path_params["tool_id"])
        if tool is None:
            raise ApiError(404, "tool_not_found", "There is no tool with this id.")
        return tool

    def _record(self, request: Request) -> PracticeCall:
        record = self._context.archive.get(request.path_params["conversation_id"])
        if record is None:
            raise ApiError(404, "conversation_not_found", "There is no conversation with this id.")
        return record

    def _now(self) -> int:
        return unix(self._context.timing.clock())


def _socket_url(request: Request, host: str) -> URL:
    """Where the conversation socket is, behind whatever prefix and scheme this request came through."""
    prefix = request.url.path.partition(ROOT)[0]
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return URL(f"{scheme}://{host}{prefix}{ROOT}/conversation")


def _page_size(text: str | None) -> int:
    size = _number(text, "page_size")
    size = PAGE_SIZE if size is None else size
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise _unprocessable(f"page_size is a number from 1 to {MAX_PAGE_SIZE}.")
    return size


def _number(text: str | None, name: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise _unprocessable(f"{name} is a whole number.") from None


def _cursor(record: PracticeCall) -> str:
    return base64.urlsafe_b64encode(f"{record.started_unix}:{record.id}".encode()).decode()


def _behind(records: list[PracticeCall], cursor: str | None) -> list[PracticeCall]:
    """The records after the cursor; when its own record was deleted, those that began no later."""
    if not cursor:
        return records
    try:
        started, _, conversation_id = base64.urlsafe_b64decode(cursor).decode().partition(":")
        limit = int(started)
    except (binascii.Error, ValueError):
        raise _unprocessable("cursor is not one of ours.") from None
    ids = [record.id for record in records]
    if conversation_id in ids:
        return records[ids.index(conversation_id) + 1 :]
    return [record for record in records if record.started_unix <= limit]


async def _json_body(request: Request, most: int = MAX_BODY_BYTES) -> Message:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise ApiError(413, "too_large", "The body is too large.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _unprocessable("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise _unprocessable("The body is not a JSON object.")
    return value


def _no_test() -> ApiError:
    return ApiError(404, "test_not_found", "There is no test or run of tests with this id.")


def _unprocessable(message: str) -> ApiError:
    return ApiError(422, "unprocessable", message)


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(pcm)
    return file.getvalue()


def _on_branch(request: Request, agent_id: str) -> str:
    """What the agent's settings go by on the branch that is asked for."""
    try:
        return on_branch(agent_id, request.query_params.get("branch_id"))
    except LookupError as unknown:
        raise ApiError(404, "branch_not_found", str(unknown)) from None
