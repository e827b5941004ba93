"""A coach's other calendar: fetched again and again from a secret address, and the last good copy counts."""

from __future__ import annotations

import http.server
import io
import json
import logging
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.appointments.bookings import TimeNotFreeError
from coachroom.appointments.busy_calendars import FETCH_EVERY, MAX_FILE_BYTES, BusyCalendars
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import CoachroomError
from coachroom.notifications.public_get import PublicAnswer, PublicGet
from coachroom.notifications.public_post import NoAnswerError, PrivateAddressError
from coachroom.privacy.client_export import Circumstances
from tests.appointments.houses import BOTH, CARLA, MONDAY, book, minutes, set_hours
from tests.appointments.test_busy_file import event
from tests.certificates import make_certificate
from tests.services import ANA, HandClock, opened, store_of, writer_of

SECRET = "https://calendar.example.com/private-0a1b2c3d/basic.ics"
BUSY = event("DTSTART:20260504T080000Z", "DTEND:20260504T084500Z")
FREE = event("DTSTART:20260504T080000Z", "DTEND:20260504T084500Z", "TRANSP:TRANSPARENT")


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        set_hours(running)
        yield running


class House:
    """Stands at every address, and answers as it is told."""

    def __init__(self, services: Services) -> None:
        self.answers: list[PublicAnswer | CoachroomError] = []
        self.asked: list[str] = []
        self.calendars = BusyCalendars(
            store_of(services), writer_of(services), services.clock, fetch=self.fetch, own_host="coach.example.com"
        )

    def fetch(self, address: str, max_bytes: int) -> PublicAnswer:
        assert max_bytes == MAX_FILE_BYTES
        self.asked.append(address)
        answer = self.answers.pop(0)
        if isinstance(answer, CoachroomError):
            raise answer
        return answer


@pytest.fixture
def house(services: Services) -> House:
    house = House(services)
    house.calendars.set_address(CARLA, SECRET)
    return house


def test_a_time_at_which_the_coach_is_busy_elsewhere_is_not_free(services: Services, house: House) -> None:
    house.answers.append(PublicAnswer(200, BUSY))
    assert house.calendars.fetch_due() == 1
    assert services.appointments.why_not_free(ANA, BOTH, MONDAY) == "Your human coach is busy at this time."
    with pytest.raises(TimeNotFreeError):
        book(services)
    # Nothing but begins and ends is kept of it.
    kept = store_of(services).execute("SELECT * FROM busy_times")
    assert kept == [(CARLA, MONDAY, MONDAY + minutes(45))]


def test_it_is_read_every_quarter_of_an_hour(house: House, clock: HandClock) -> None:
    house.answers += [PublicAnswer(200, BUSY), PublicAnswer(200, FREE)]
    assert [house.calendars.fetch_due(), house.calendars.fetch_due()] == [1, 0]
    clock.now += FETCH_EVERY
    assert house.calendars.fetch_due() == 1
    known = house.calendars.of(CARLA)
    assert known is not None
    assert (known.times, known.fetched_at, known.problem) == (0, clock.now, None)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (NoAnswerError(), "cannot be reached"),
        (PrivateAddressError(), "private network"),
        (PublicAnswer(302, b""), "leads on to another"),
        (PublicAnswer(404, b""), "no calendar at this address any more"),
        (PublicAnswer(503, b""), "answers 503"),
        (PublicAnswer(200, b" " * (MAX_FILE_BYTES + 1)), "larger than 2 MB"),
        (PublicAnswer(200, b"<html>Sign in</html>"), "no calendar file"),
    ],
)
def test_the_last_good_copy_stays_and_its_age_and_the_problem_are_known(
    services: Services, house: House, clock: HandClock, answer: PublicAnswer | CoachroomError, sentence: str
) -> None:
    good = clock.now
    house.answers += [PublicAnswer(200, BUSY), answer]
    house.calendars.fetch_due()
    clock.now += FETCH_EVERY
    house.calendars.fetch_due()
    known = house.calendars.of(CARLA)
    assert known is not None
    assert (known.times, known.fetched_at, known.tried_at) == (1, good, clock.now)
    assert sentence in str(known.problem)
    assert services.appointments.why_not_free(ANA, BOTH, MONDAY) is not None


def test_what_an_address_says_that_was_taken_back_meanwhile_is_dropped(services: Services, house: House) -> None:
    def fetch(address: str, _: int) -> PublicAnswer:
        services.busy_calendars.set_address(CARLA, "https://other.example.com/a.ics")
        return PublicAnswer(200, BUSY)

    calendars = BusyCalendars(store_of(services), writer_of(services), services.clock, fetch=fetch, own_host="x")
    calendars.fetch_due()
    known = calendars.of(CARLA)
    assert known is not None
    assert (known.host, known.times, known.tried_at) == ("other.example.com", 0, None)


def test_without_the_address_nothing_is_left_of_it(services: Services, house: House) -> None:
    house.answers.append(PublicAnswer(200, BUSY))
    house.calendars.fetch_due()
    house.calendars.forget(CARLA)
    assert house.calendars.of(CARLA) is None
    assert store_of(services).execute("SELECT * FROM busy_times") == []
    assert house.calendars.fetch_due() == 0


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://calendar.example.com/a.ics",
        "calendar.example.com/a.ics",
        "https://name:word@calendar.example.com/a.ics",
        "https://calendar.example.com:port/a.ics",
        "https:///a.ics",
        "https://calendar.example.com/a b.ics",
        "https://calendar.example.com/a\r\nHost: b",
        "file:///etc/passwd",
        "https://calendar.example.com/" + "a" * 1000,
    ],
)
def test_what_is_no_secret_address_is_refused(services: Services, address: str) -> None:
    with pytest.raises(InvalidInputError):
        services.busy_calendars.set_address(CARLA, address)


def test_apples_way_to_write_an_address_is_understood(services: Services, house: House) -> None:
    house.calendars.set_address(CARLA, " webcal://p01.example.com/published/2/abc \n")
    house.answers.append(PublicAnswer(200, BUSY))
    house.calendars.fetch_due()
    assert house.asked == ["https://p01.example.com/published/2/abc"]


def test_the_address_is_in_no_log_and_no_export(
    services: Services, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def fetch(address: str, _: int) -> PublicAnswer:
        raise RuntimeError(f"a fault that names {address}")

    calendars = BusyCalendars(store_of(services), writer_of(services), services.clock, fetch=fetch, own_host="x")
    with caplog.at_level(logging.DEBUG):
        calendars.fetch_due()
    assert "calendar.example.com" in caplog.text
    assert "private-0a1b2c3d" not in caplog.text
    known = calendars.of(CARLA)
    assert "private-0a1b2c3d" not in repr(known)
    assert known is not None
    assert known.problem == "This calendar could not be read."


@contextmanager
def calendar_server(folder: Path, body: bytes, *, location: str | None = None) -> Iterator[tuple[str, PublicGet]]:
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if location else 200)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    certificate = make_certificate(folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.socket = certificate.serving().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"https://localhost:{server.server_address[1]}/a.ics"
        yield address, PublicGet(loopback=True, tls=certificate.context(), max_seconds=5)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_calendar_is_fetched_over_https_up_to_its_bound(tmp_path: Path) -> None:
    with calendar_server(tmp_path, BUSY) as (address, line):
        assert line.get(address, MAX_FILE_BYTES) == PublicAnswer(200, BUSY)
        assert len(line.get(address, 10).body) == 11


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with calendar_server(tmp_path, b"", location="https://localhost/b.ics") as (address, line):
        assert line.get(address, 10).status == 302


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "0.0.0.0"])
def test_no_calendar_is_fetched_from_a_private_network(host: str) -> None:
    with pytest.raises((PrivateAddressError, NoAnswerError)) as refused:
        PublicGet(max_seconds=2).get(f"https://{host}/a.ics", 10)
    assert isinstance(refused.value, PrivateAddressError)


def test_a_coach_who_is_none_any_more_is_not_read(services: Services, house: House) -> None:
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [CARLA])
    assert house.calendars.fetch_due() == 0


def test_one_calendar_that_fails_does_not_keep_the_next_from_its_turn(services: Services, house: House) -> None:
    store_of(services).execute(
        """INSERT INTO members (email, display_name, role, status, source, created_at, updated_at)
        VALUES ('dora@example.com', 'Dora', 'coach', 'active', 'manual', $1, $1)""",
        [datetime(2026, 4, 1)],
    )
    house.calendars.set_address("dora@example.com", "https://dora.example.com/a.ics")
    house.answers += [NoAnswerError(), PublicAnswer(200, BUSY)]
    assert house.calendars.fetch_due() == 2
    assert services.appointments.why_not_free(ANA, BOTH, MONDAY) is None
    assert store_of(services).execute("SELECT coach_email FROM busy_times") == [("dora@example.com",)]


def test_whoever_takes_their_data_away_gets_no_address_of_a_calendar(services: Services, house: House) -> None:
    house.answers.append(PublicAnswer(200, BUSY))
    house.calendars.fetch_due()
    store_of(services).execute("UPDATE busy_calendars SET coach_email = 'ana.silva@example.com'")
    with zipfile.ZipFile(io.BytesIO(services.own_data.export(ANA, Circumstances("", "")))) as archive:
        (row,) = json.loads(archive.read("data/busy_calendars.json"))
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "fetched_at" in row
    assert "private-0a1b2c3d" not in everything
