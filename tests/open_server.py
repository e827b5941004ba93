"""The real `coachroom run` with a back door beside it: what is on its disk, and what its practice agent heard.

A second process may not open the database file, and the practice agent keeps its records in memory: so tests ask the
server's own process. The app itself knows nothing of it.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from coachroom.simulator import Mood
from coachroom.simulator.coach.rules import CoachState
from coachroom.simulator.server.archive import PracticeCall
from tests.server import LiveServer, free_port, start_server
from tests.services import report_token, store_of, writer_of

KEY = b"only tests on this machine"
NUMBERS = itertools.count(1)


def until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Waits for something to become true; its value."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} seconds"
        time.sleep(0.02)
    return value


@dataclass
class OpenServer(LiveServer):
    """A running server that can be looked into, from any thread."""

    door: Connection = field(kw_only=True)
    new_clients: list[str] = field(default_factory=list)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """Rows as they are on disk now."""
        return self._ask("rows", sql, list(parameters))

    def calls(self) -> list[PracticeCall]:
        """The practice agent's calls, latest first."""
        return self._ask("calls")

    def call(self, conversation_id: str) -> PracticeCall:
        return next(record for record in self.calls() if record.id == conversation_id)

    def coach_knows(self, conversation_id: str) -> CoachState | None:
        """What the practice agent has in mind in a running call."""
        return self._ask("coach_knows", conversation_id)

    def add_member(self, email: str, name: str, *, status: str = "active", source: str = "manual") -> None:
        """Puts a client on the roster, or takes them off it; `demo` people may sign in by a button."""
        self._ask("add_member", email, name, status, source)

    def new_client(self) -> str:
        """A client who has never been here and may sign in by a button; their name."""
        name = f"Robin Falk {next(NUMBERS):03}"
        self.new_clients.append(name)
        self.add_member(address_of(name), name, source="demo")
        return name

    def give_coach(self, name: str, coach: str) -> None:
        """Gives a demo client a human coach; both by their names."""
        self._ask("give_coach", address_of(name), address_of(coach))

    def ask_to_join(self, session: str, coach: str, reason: str) -> str:
        """As the coach's button does; the join's id."""
        return self._ask("ask_to_join", session, address_of(coach), reason)

    def remove_new_clients(self) -> None:
        """Takes all those clients off the roster, so that the list of buttons stays short."""
        while self.new_clients:
            name = self.new_clients.pop()
            self.add_member(address_of(name), name, status="removed")

    def enter(self, client: str, sign_in: str | None = None) -> tuple[str, str, str]:
        """Puts a client into a room of theirs without a browser: room, session, and the page's token.

        The token is for this sign-in of theirs, or else for a new one.
        """
        return self._ask("enter", client, sign_in)

    def end_open_sessions(self) -> None:
        """So that a journey that failed does not trip up the next one."""
        self._ask("end_open_sessions")

    def end_session(self, session: str) -> None:
        """As its client does by the button."""
        self._ask("end_session", session)

    def erase(self, client: str) -> None:
        """Erases a client, as their own page does."""
        self._ask("erase", client)

    def compact(self) -> None:
        """Copies the database into a new file without what was deleted."""
        self._ask("compact")

    def held(self) -> dict[str, int]:
        """How much the process keeps in memory, by what it is; see `_held`."""
        return self._ask("held")

    def show_banner(self, text: str | None) -> None:
        """From the next run on every page begins with one more element, or does no more."""
        self._ask("show_banner", text)

    def overtake_endings(self, overtaken: bool) -> None:
        """Lets another run of the room's page overtake each one that ends its session, which ends under its eyes."""
        self._ask("overtake_endings", overtaken)

    def set_faults(self, **faults: object) -> None:
        """What goes wrong at the practice agent from now on."""
        self._ask("set_faults", faults)

    def set_mood(self, mood: Mood) -> None:
        """How awkward the practice agent's calls are that begin from now on."""
        self._ask("set_mood", mood)

    def free_lines(self) -> None:
        """Lets the calls begin that wait in the practice agent's queue."""
        self._ask("free_lines")

    def fill_disk(self, full: bool) -> None:
        """Lets every write into a file fail, as a full disk does; or frees the space again."""
        self._ask("fill_disk", full)

    def pictures_on_the_way(self) -> int:
        """How many self-views go through the server now."""
        return self._ask("pictures_on_the_way")

    def _ask(self, name: str, *given: object) -> Any:
        with self._asking:
            self.door.send((name, given))
            error, answer = self.door.recv()
        if error:
            raise AssertionError(error)
        return answer


def address_of(name: str) -> str:
    """The e-mail address of a demo client."""
    return f"{name.lower().replace(' ', '.')}@example.com"


@contextmanager
def open_server(
    folder: Path, settings: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[OpenServer]:
    """A server with its data in `folder`, stopped in the end."""
    address = ("127.0.0.1", free_port())
    live = start_server(folder, settings, port, command=("-m", "tests.open_server", str(address[1])))
    server = OpenServer(live.url, live.folder, live.log, live.process, door=Client(address, authkey=KEY))
    try:
        yield server
    finally:
        server.door.close()
        server.stop()


def _serve_door(listener: Listener) -> None:
    with listener, listener.accept() as door:
        while True:
            try:
                name, given = door.recv()
            except EOFError:
                return
            try:
                door.send((None, _ANSWERS[name](*given)))
            except Exception as error:
                door.send((repr(error), None))


def _rows(sql: str, parameters: list[Any]) -> list[tuple]:
    return [tuple(row) for row in store_of(_services()).execute(sql, parameters)]


def _calls() -> list[PracticeCall]:
    return list(_services().practice._calls._context.archive.newest_first())


def _coach_knows(conversation_id: str) -> CoachState | None:
    running = _services().practice._calls.running(conversation_id)
    return running and running.state


def _add_member(email: str, name: str, status: str, source: str, client_id: str | None = None) -> None:
    sql = (
        "INSERT INTO members (email, display_name, role, status, source, client_id, created_at, updated_at) "
        "VALUES ($1, $2, 'client', $3, $4, $5, now()::timestamp, now()::timestamp) "
        "ON CONFLICT (email) DO UPDATE SET status = excluded.status"
    )
    row = [email, name, status, source, client_id]
    writer_of(_services()).submit(lambda transaction: transaction.execute(sql, row)).result()


def _give_coach(client: str, coach: str) -> None:
    sql = "UPDATE members SET coach_email = $2 WHERE email = $1"
    writer_of(_services()).submit(lambda transaction: transaction.execute(sql, [client, coach])).result()


def _ask_to_join(session: str, coach: str, reason: str) -> str:
    from coachroom.app.live import ask_to_join

    services = _services()
    person = services.people.find(coach)
    return ask_to_join(services, person, session, reason).id


def _enter(client: str, sign_in: str | None) -> tuple[str, str, str]:
    services = _services()
    if not _rows("SELECT 1 FROM members WHERE client_id = $1", [client]):
        _add_member(f"{client}@example.com", client, "active", "manual", client)
    services.rooms.give_consent(client)
    room = services.rooms.create(client)
    session, _ = services.sessions.enter(room.id, client, "no-tab")
    token = services.tokens.issue_report(session.id, sign_in) if sign_in else report_token(services, session)
    return room.id, session.id, token


def _end_open_sessions() -> None:
    for (session,) in _rows("SELECT id FROM sessions WHERE status IN ('waiting', 'active')", []):
        _end_session(session)


def _end_session(session: str) -> None:
    from coachroom.rooms.states import EndReason

    _services().sessions.end(session, EndReason.CLIENT)


def _erase(client: str) -> None:
    from coachroom.app.erasing import end_and_erase
    from coachroom.rooms.states import EndReason

    end_and_erase(_services(), client, actor="test", cause=EndReason.CLIENT)


def _compact() -> None:
    _services().maintenance.compact()


def _held() -> dict[str, int]:
    from streamlit import runtime

    services = _services()
    states = services.intake._rebuilder.states
    sessions = runtime.get_instance()._session_mgr
    open_tabs = sessions.num_active_sessions()
    return {
        "seats": len(services.presence._seats),
        "tabs": open_tabs,
        "closed_tabs": sessions.num_sessions() - open_tabs,
        "journals": len(states),
        "journal_bytes": sum(state.size for state in [*states._held.values(), *states._idle.values()]),
        "sessions": len(services.rooms._sessions),
        "practice_calls": len(services.practice._calls._context.archive._records),
    }


def _show_banner(text: str | None) -> None:
    import streamlit as st

    from coachroom.ui import sign_in

    own = _ORIGINAL.setdefault("banner", sign_in.demo_banner)

    def with_one_more() -> None:
        st.info(text)
        own()

    sign_in.demo_banner = with_one_more if text else own


def _overtake_endings(overtaken: bool) -> None:
    from coachroom.app.sessions import Sessions
    from coachroom.rooms.rooms import Rooms
    from coachroom.web.runtime import request_rerun

    own_end = _ORIGINAL.setdefault("end", Sessions.end)
    own_look = _ORIGINAL.setdefault("open_session_in", Rooms.open_session_in)
    begun, ended = threading.Event(), threading.Event()

    def end_overtaken(sessions: Sessions, session: str, cause: Any) -> None:
        begun.set()
        request_rerun(_services().presence.holder(session))
        time.sleep(0.5)
        own_end(sessions, session, cause)
        ended.set()

    def look_after_the_end(rooms: Rooms, room: str) -> Any:
        if begun.is_set():
            ended.wait(10)
        return own_look(rooms, room)

    Sessions.end = end_overtaken if overtaken else own_end
    Rooms.open_session_in = look_after_the_end if overtaken else own_look


def _set_faults(faults: dict[str, Any]) -> None:
    for name, value in faults.items():
        setattr(_services().practice.faults, name, value)


def _set_mood(mood: Mood) -> None:
    _services().practice.moods.current = mood


def _free_lines() -> None:
    practice = _services().practice
    (loop,) = {conversation._over.get_loop() for conversation in practice._calls._running.values()}
    asyncio.run_coroutine_threadsafe(practice.admit_all(), loop).result(10)


def _fill_disk(full: bool) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 if full else hard, hard))


def _pictures_on_the_way() -> int:
    from aiortc import RTCPeerConnection

    connections = [each for each in gc.get_objects() if isinstance(each, RTCPeerConnection)]
    return sum(each.connectionState == "connected" for each in connections)


_ORIGINAL: dict[str, Callable[..., Any]] = {}
_ANSWERS: dict[str, Callable[..., Any]] = {
    "rows": _rows,
    "calls": _calls,
    "coach_knows": _coach_knows,
    "add_member": _add_member,
    "give_coach": _give_coach,
    "ask_to_join": _ask_to_join,
    "enter": _enter,
    "end_open_sessions": _end_open_sessions,
    "end_session": _end_session,
    "erase": _erase,
    "compact": _compact,
    "held": _held,
    "show_banner": _show_banner,
    "overtake_endings": _overtake_endings,
    "set_faults": _set_faults,
    "set_mood": _set_mood,
    "free_lines": _free_lines,
    "fill_disk": _fill_disk,
    "pictures_on_the_way": _pictures_on_the_way,
}


def _services() -> Any:
    from coachroom.app.current import get_services

    return get_services()


if __name__ == "__main__":
    from coachroom.cli.main import main

    threading.Thread(
        target=_serve_door, args=[Listener(("127.0.0.1", int(sys.argv[1])), authkey=KEY)], daemon=True
    ).start()
    sys.exit(main(["run"]))
