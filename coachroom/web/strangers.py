"""How often, and with how many pages at once, people come from one address who are not signed in."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from coachroom.app.container import Services
from coachroom.app.simulator_wiring import PRACTICE_PATH
from coachroom.errors import CoachroomError, StoreError
from coachroom.people.signed_tokens import ANSWER_PATH
from coachroom.web.errors import text_error
from coachroom.web.identity import person_of
from coachroom.web.paced_pages import STRANGER
from coachroom.web.refusals import RequestRefusedError, TooOftenError
from coachroom.web.senders import sender_of
from coachroom.web.signin import CALLBACK
from coachroom.web.token_buckets import Rate, TokenBuckets
from coachroom.web.under_way import UnderWay

log = logging.getLogger(__name__)

# Each asks the provider, tries who one may be, or takes a link for a right.
COUNTED_PATHS = frozenset({"/login", "/sign-in", "/auth/login", CALLBACK, ANSWER_PATH})
# Each page holds a session of Streamlit's: some 100 KB and a few file descriptors.
MAX_ANONYMOUS_PAGES_IN_ALL = 500


class BoundedStrangers:
    """Pure ASGI. Tries to sign in and pages' sockets without a member are counted for each address.

    `now`: seconds that never fall.
    """

    def __init__(self, app: ASGIApp, *, services: Services, now: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._services = services
        self._now = now
        settings = services.settings
        self._proxies = settings.proxy_networks
        self._sign_ins = TokenBuckets(Rate.a_minute(settings.sign_ins_a_minute))
        self._pages = TokenBuckets(Rate.a_minute(settings.anonymous_pages_a_minute))
        self._open = UnderWay(in_all=MAX_ANONYMOUS_PAGES_IN_ALL, from_each=settings.max_anonymous_pages, max_bytes=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").rstrip("/")
        try:
            if scope["type"] == "http" and path in COUNTED_PATHS:
                # Each of them has its own count: one sign-in passes several.
                self._take(self._sign_ins, f"{path} {sender_of(scope, self._proxies)}")
            elif scope["type"] == "websocket" and await self._anonymous(scope):
                sender = sender_of(scope, self._proxies)
                self._take(self._pages, sender)
                scope[STRANGER] = True
                with self._open.one(sender):
                    await self._app(scope, receive, send)
                return
        except StoreError as error:
            # The page asks again by itself.
            log.warning("a page's socket was not opened: %s", type(error.__cause__ or error).__name__)
            await _refuse(error, scope, receive, send)
            return
        except RequestRefusedError as error:
            await _refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _anonymous(self, scope: Scope) -> bool:
        # The practice coach's callers show an address that it signed.
        if scope["path"].startswith(PRACTICE_PATH + "/"):
            return False
        cookies = HTTPConnection(scope).cookies
        return await run_in_threadpool(person_of, cookies, self._services) is None

    def _take(self, buckets: TokenBuckets, key: str) -> None:
        wait = buckets.take(key, self._now())
        if wait:
            raise TooOftenError(wait)


async def _refuse(error: CoachroomError, scope: Scope, receive: Receive, send: Send) -> None:
    answer = text_error(error)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(answer)
    else:
        await answer(scope, receive, send)
