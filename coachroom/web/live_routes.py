"""The sockets of a visit, by which the client's page and the human coach's find each other.

Pages come back after every close but those of LiveClose that say not to. Whether each side may be there is asked
again every CHECK_SECONDS, and before a message is taken if the last answer is older: whoever may not is out then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.errors import CoachroomError, RoomNotFoundError, StoreError
from coachroom.live.desk import LiveDesk
from coachroom.live.hub import LiveClose
from coachroom.live.joins import JoinNotFoundError
from coachroom.live.messages import Enter, LiveMessage, LiveMessageError, Side
from coachroom.live.states import Join, JoinEnd, JoinStatus
from coachroom.people.people import Person, Role
from coachroom.people.refused_access import Refused
from coachroom.text import on_one_line
from coachroom.web.identity import person_of
from coachroom.web.live_socket import LiveSocketClosedError, WebLiveSocket
from coachroom.web.refusals import TooManyAtOnceError
from coachroom.web.rooms_routes import open_session
from coachroom.web.under_way import UnderWay

log = logging.getLogger(__name__)

ENTER_SECONDS = 5.0
CHECK_SECONDS = 2.0
THREADS = 8
MAX_SUBJECT_CHARS = 100

T = TypeVar("T")
# The join that this person may be in. Raises LiveSocketClosedError.
Authorise = Callable[[Enter], Join]


async def client_socket(places: UnderWay, threads: CapacityLimiter, websocket: WebSocket) -> None:
    """WS /room/{room_id}/live: the page of the client whom a human coach wants to join, or has joined."""
    services, room_id = get_services(), websocket.path_params["room_id"]

    def authorise(entered: Enter) -> Join:
        try:
            session = open_session(services, room_id, entered.token or "", websocket.cookies)
        except RoomNotFoundError:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED) from None
        joins = services.joins.of_session(session.id)
        if not joins:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED)
        return next((join for join in joins if join.status.open), joins[-1])

    await _serve(websocket, Side.CLIENT, authorise, places, threads)


async def coach_socket(places: UnderWay, threads: CapacityLimiter, websocket: WebSocket) -> None:
    """WS /live/{join_id}: the page of the human coach."""
    services, join_id = get_services(), websocket.path_params["join_id"]

    def authorise(_: Enter) -> Join:
        person, join = person_of(websocket.cookies, services), services.joins.find(join_id)
        if person is None or join is None or person.role is not Role.COACH or person.email != join.coach_email:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED)
        if join.status.open and not services.joins.still_allowed(join.id):
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED)
        return join

    await _serve(websocket, Side.COACH, authorise, places, threads)


async def _serve(
    websocket: WebSocket, side: Side, authorise: Authorise, places: UnderWay, threads: CapacityLimiter
) -> None:
    services = get_services()
    # Browsers tell a page why it was refused only after the socket was accepted.
    await websocket.accept()
    socket = WebLiveSocket(websocket, side)
    person = await to_thread.run_sync(person_of, websocket.cookies, services, limiter=threads)
    if person is None:
        await socket.goodbye(LiveClose.NOT_ALLOWED)
        return
    try:
        with places.one(person.email):
            await _Visit(services, person, websocket.url.path, side, socket, authorise, threads).run()
    except TooManyAtOnceError:
        await socket.goodbye(LiveClose.TOO_MUCH)


@dataclass
class _Visit:
    """One open socket of a visit, from its first message to its close."""

    services: Services
    person: Person
    path: str
    side: Side
    socket: WebLiveSocket
    authorise: Authorise
    threads: CapacityLimiter
    checked_at: float = 0.0

    @property
    def _desk(self) -> LiveDesk:
        return self.services.live

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Serves the socket until one side closes it."""
        try:
            entered, join = await self._enter()
        except LiveSocketClosedError as closed:
            await self.socket.goodbye(closed.code, closed.reason)
            return
        except WebSocketDisconnect:
            return
        try:
            await self._in_thread(self._desk.enter, join, self.side, self.socket)
            end = await self._until_closed(entered, join.id)
        except JoinNotFoundError:
            end = LiveSocketClosedError(LiveClose.OVER, JoinEnd.SESSION)
        finally:
            # Before the goodbye, with which a page that takes nothing keeps us waiting.
            self._desk.leave(join.id, self.side, self.socket)
        if end is not None:
            await self.socket.goodbye(end.code, end.reason)

    async def _enter(self) -> tuple[Enter, Join]:
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                entered = await self.socket.next_message()
        except TimeoutError:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED) from None
        if not isinstance(entered, Enter):
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED)
        try:
            join = await self._check(entered)
        except LiveSocketClosedError as closed:
            if closed.code is LiveClose.NOT_ALLOWED:
                subject = on_one_line(self.path)[:MAX_SUBJECT_CHARS]
                self.services.refused_access.note(Refused.LIVE, actor=self.person.email, subject=subject)
            raise
        return entered, join

    async def _until_closed(self, entered: Enter, join_id: str) -> LiveSocketClosedError | None:
        """Serves the socket; how it is to be closed, None where the page has closed it."""
        work = [
            asyncio.create_task(each)
            for each in (
                self._take_all(entered, join_id),
                self.socket.deliver(),
                self._check_again_and_again(entered, join_id),
                self.socket.too_slow.wait(),
            )
        ]
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        errors = [error for task in done if (error := task.exception()) is not None]
        for error in errors:
            if isinstance(error, LiveSocketClosedError):
                return error
        if any(isinstance(error, WebSocketDisconnect) for error in errors):
            return None
        if errors:
            log.error("a live socket failed", exc_info=errors[0])
        return LiveSocketClosedError(LiveClose.TOO_SLOW)

    async def _take_all(self, entered: Enter, join_id: str) -> None:
        while True:
            message = await self.socket.next_message()
            if self._now - self.checked_at > CHECK_SECONDS:
                await self._check_once(entered, join_id)
            await self._in_thread(self._take, join_id, message)

    def _take(self, join_id: str, message: LiveMessage) -> None:
        join = self._desk.hub.join(join_id)
        # What an older socket still sends counts no more.
        if join is None or not self._desk.hub.holds(join_id, self.side, self.socket):
            return
        try:
            self._desk.take(join, self.side, message)
        except LiveMessageError:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED) from None
        except StoreError:
            raise
        except CoachroomError:
            # The visit has ended meanwhile, of which both pages are told.
            return

    async def _check_again_and_again(self, entered: Enter, join_id: str) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check_once(entered, join_id)

    async def _check_once(self, entered: Enter, join_id: str) -> None:
        """Asks again whether this page may be here; a visit of whoever may not ends for both."""
        try:
            join = await self._check(entered)
            if join.id != join_id:
                # Another visit to the same session has begun.
                raise LiveSocketClosedError(LiveClose.OVER, JoinStatus.ENDED)
        except LiveSocketClosedError as closed:
            if closed.code is LiveClose.NOT_ALLOWED:
                await self._in_thread(self._refuse_from_now_on, join_id)
            raise

    async def _check(self, entered: Enter) -> Join:
        join = await self._in_thread(self.authorise, entered)
        if not join.status.open:
            raise LiveSocketClosedError(LiveClose.OVER, join.outcome)
        self.checked_at = self._now
        return join

    def _refuse_from_now_on(self, join_id: str) -> None:
        join = self.services.joins.find(join_id)
        if join is None:
            raise LiveSocketClosedError(LiveClose.OVER, JoinEnd.SESSION)
        if not join.status.open:
            raise LiveSocketClosedError(LiveClose.OVER, join.outcome)
        # An older socket says nothing of the one that has its place.
        if self._desk.hub.holds(join_id, self.side, self.socket):
            self._desk.hub.leave(join_id, self.side, self.socket)
            self._desk.end(join_id, self._why_refused(join_id))

    def _why_refused(self, join_id: str) -> JoinEnd:
        """Whoever may be here and is refused has signed out, and so has left."""
        if not self.services.joins.still_allowed(join_id):
            return JoinEnd.NOT_ALLOWED
        return JoinEnd.CLIENT if self.side is Side.CLIENT else JoinEnd.COACH

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await to_thread.run_sync(partial(work, *given), limiter=self.threads)


def live_routes() -> list[WebSocketRoute]:
    places = UnderWay(in_all=1000, from_each=10, max_bytes=0)
    threads = CapacityLimiter(THREADS)
    return [
        WebSocketRoute("/room/{room_id}/live", partial(client_socket, places, threads)),
        WebSocketRoute("/live/{join_id}", partial(coach_socket, places, threads)),
    ]
