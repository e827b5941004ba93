"""Which HTTP status an error becomes, and the answer that carries its sentence. Every route uses this one table."""

from __future__ import annotations

import html
import logging
import math
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from coachroom.coaching.validation import InvalidInputError
from coachroom.elevenlabs.call_record import CallRecordError
from coachroom.elevenlabs.webhook import SignatureError, WebhookError
from coachroom.errors import (
    AgentUnavailableError,
    BudgetSpentError,
    CoachroomError,
    ImportFileError,
    NotAllowedError,
    RoomNotFoundError,
    SettingsError,
    StoreError,
)
from coachroom.notifications.standard_webhooks import HookSignatureError
from coachroom.recording.events import DeliveryError
from coachroom.recording.session_states import SessionBusyError
from coachroom.web.plain_page import link_part, plain_page
from coachroom.web.refusals import (
    BodyCutOffError,
    BodyTooLargeError,
    BodyTooSlowError,
    RequestRefusedError,
    TooManyAtOnceError,
    TooOftenError,
)

log = logging.getLogger(__name__)

# A subclass has the status of its nearest class here.
STATUS: Mapping[type[CoachroomError], int] = {
    DeliveryError: 400,
    WebhookError: 400,
    CallRecordError: 400,
    BodyCutOffError: 400,
    SignatureError: 401,
    HookSignatureError: 401,
    NotAllowedError: 403,
    RoomNotFoundError: 404,
    BodyTooSlowError: 408,
    BodyTooLargeError: 413,
    InvalidInputError: 422,
    ImportFileError: 422,
    CoachroomError: 422,
    TooOftenError: 429,
    SettingsError: 500,
    StoreError: 503,
    SessionBusyError: 503,
    AgentUnavailableError: 503,
    TooManyAtOnceError: 503,
    BudgetSpentError: 429,
}
RETRY_SECONDS = 5
DID_NOT_WORK = "We cannot store or look up anything just now. Wait a minute, then try again."


def status_of(error: CoachroomError) -> int:
    """The HTTP status of the error's class, or of the nearest class above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def json_or_error(work: Callable[[], Mapping[str, object]]) -> Response:
    """What `work` returns as JSON, or the sentence of the error it raises as {"error": …}."""
    try:
        return JSONResponse(dict(work()))
    except CoachroomError as error:
        return json_error(error)


def json_error(error: CoachroomError) -> Response:
    """The error's sentence as {"error": …}; where no call can start with `retry_after`, None for never by itself."""
    body: dict[str, object] = {"error": str(error)}
    if isinstance(error, AgentUnavailableError):
        body["retry_after"] = error.retry_after
    if isinstance(error, BudgetSpentError):
        body["retry_after"] = None
    return JSONResponse(body, status_of(error), _headers(error))


def text_error(error: CoachroomError) -> Response:
    """The error's sentence as plain text, for who is no page of ours."""
    return PlainTextResponse(str(error), status_of(error), _headers(error))


async def page_error(request: Request, error: Exception) -> Response:
    """What somebody sees who pressed a button or came by a link, where a route passes an error on."""
    if not isinstance(error, CoachroomError):
        raise error
    log.warning("a request failed: %s", type(error.__cause__ or error).__name__)
    # What the database says is not for them.
    sentence = DID_NOT_WORK if isinstance(error, StoreError) else str(error)
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(sentence, status_of(error), _headers(error))
    return plain_page(
        "This did not work",
        f"<p>{html.escape(sentence)}</p>",
        link_part("Go to your home page"),
        status=status_of(error),
        headers={**_headers(error), "Cache-Control": "no-store"},
    )


def _headers(error: CoachroomError) -> dict[str, str]:
    seconds = error.retry_after if isinstance(error, (AgentUnavailableError, RequestRefusedError)) else None
    if isinstance(error, StoreError | SessionBusyError):
        seconds = RETRY_SECONDS
    headers = {} if seconds is None else {"Retry-After": str(max(1, math.ceil(seconds)))}
    if isinstance(error, BodyTooSlowError):
        # The rest of the body is waited for no longer.
        headers["Connection"] = "close"
    return headers
