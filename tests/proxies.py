"""Runs docs/Caddyfile and docs/nginx.conf in front of the app, as far as this machine has the programs.

python -m tests.proxies: through each a client signs in, opens a room over its websocket and reports what was said;
what is too large, too slow or under a false address is refused. Exit status 1 if one fails or none could be tried.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from coachroom.clock import to_iso, utc_now
from tests.certificates import Certificate, make_certificate
from tests.open_server import OpenServer, open_server
from tests.server import ROOT, free_port

DOCS = ROOT / "docs"
ANA = "ana.silva@example.com"
SIGN_INS_A_MINUTE = 5
HEADER_SECONDS = 10
START_SECONDS = 20


# -- the two files, with this machine's ports and certificate --------------------------------------------


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with each change made. Raises AssertionError where it has not what is to be changed."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def caddy_commands(folder: Path, port: int, app_port: int, tls: Certificate) -> tuple[list[str], list[str]]:
    """The commands that check and run the Caddy file."""
    config = folder / "Caddyfile"
    config.write_text(
        changed(
            (DOCS / "Caddyfile").read_text(encoding="utf-8"),
            ("{\n\tservers {", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers {"),
            ("coach.example.com {", f"https://localhost:{port} {{\n\ttls {tls.certificate} {tls.key}"),
            ("127.0.0.1:8501", f"127.0.0.1:{app_port}"),
        ),
        encoding="utf-8",
    )
    given = ["--config", str(config), "--adapter", "caddyfile"]
    return ["caddy", "validate", *given], ["caddy", "run", *given]


def nginx_commands(folder: Path, port: int, app_port: int, tls: Certificate) -> tuple[list[str], list[str]]:
    """The commands that check and run the nginx file."""
    server = changed(
        (DOCS / "nginx.conf").read_text(encoding="utf-8"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("server_name coach.example.com;", "server_name localhost;"),
        ("/etc/ssl/certs/coach.example.com.pem", str(tls.certificate)),
        ("/etc/ssl/private/coach.example.com.key", str(tls.key)),
        ("127.0.0.1:8501", f"127.0.0.1:{app_port}"),
    )
    temporary = "\n".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    # Its workers may write into our folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    config.write_text(
        f"{user}daemon off;\npid {folder / 'nginx.pid'};\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}}}\n",
        encoding="utf-8",
    )
    given = ["-c", str(config), "-p", str(folder), "-e", "stderr"]
    return ["nginx", "-t", *given], ["nginx", *given]


PROXIES: dict[str, Callable[[Path, int, int, Certificate], tuple[list[str], list[str]]]] = {
    "caddy": caddy_commands,
    "nginx": nginx_commands,
}


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """The proxy, until the block ends. Raises AssertionError if it does not listen."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                break
        yield
    finally:
        process.terminate()
        process.wait(10)


# -- what is tried through each --------------------------------------------------------------------------


def try_a_room(server: OpenServer, origin: str, tls: Certificate) -> None:
    """A client signs in, opens a room over the page's websocket, and what is said there is on disk."""
    with httpx.Client(base_url=origin, headers={"origin": origin}, verify=tls.context(), timeout=20) as browser:
        assert browser.post("/sign-in", data={"email": ANA}).status_code == 303
        opened = browser.post("/room/create")
        room = opened.headers["location"].removeprefix("/room/")
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert "Before you begin" in page(origin, tls, cookies, f"room={room}")
        own_room, session, token = server.enter("demo-ana")
        said = {"n": 1, "kind": "turn", "sender": "client", "text": "Through the proxy.", "at": to_iso(utc_now())}
        document = {"token": token, "epoch": "page-1", "events": [said]}
        address = f"/room/{own_room}/events"
        answer = browser.post(address, json=document, headers={"coachroom-token": token})
        assert answer.json()["ack"] == 1, answer.text
        beacon = document | {"events": [said | {"n": 2, "text": "By beacon."}]}
        assert browser.post(address, json=beacon).json()["ack"] == 2
    kept = server.rows("SELECT message FROM conversations WHERE session_id = $1 ORDER BY 1", session)
    assert kept == [("By beacon.",), ("Through the proxy.",)], kept


def page(origin: str, tls: Certificate, cookies: str, query: str) -> str:
    """What the room's page shows, by Streamlit's own protocol."""
    address = origin.replace("https:", "wss:") + "/_stcore/stream"
    headers = {"Cookie": cookies}
    shown = []
    with connect(address, origin=origin, ssl=tls.context(), additional_headers=headers, max_size=None) as line:  # type: ignore[arg-type]
        asked = BackMsg()
        asked.rerun_script.page_name = "Room"
        asked.rerun_script.query_string = query
        line.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(line.recv(timeout=20))
            shown.append(str(message.delta))
            if message.WhichOneof("type") == "script_finished":
                return "\n".join(shown)


def try_limits(origin: str, port: int, tls: Certificate) -> None:
    """What is too large or too slow is refused, and a false address gives nobody more tries."""
    with httpx.Client(base_url=origin, headers={"origin": origin}, verify=tls.context(), timeout=30) as stranger:
        # Caddy says 502 where it was still sending to coachroom what it then found too large.
        assert stranger.post("/room/x/events", content=b"x" * 3_000_000).status_code in {413, 502}
        assert stranger.post("/room/x/events", content=b"x" * 100_000).status_code == 413
        forged = [{"x-forwarded-for": f"203.0.113.{number}"} for number in range(2 * SIGN_INS_A_MINUTE)]
        tries = [stranger.get("/login", headers=headers).status_code for headers in forged]
    assert tries[:SIGN_INS_A_MINUTE] == [303] * SIGN_INS_A_MINUTE, tries
    assert tries[-1] == 429, tries
    with socket.create_connection(("127.0.0.1", port)) as plain:
        line = tls.context().wrap_socket(plain, server_hostname="localhost")
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        line.settimeout(HEADER_SECONDS + 10)
        while line.recv(4096):
            pass


def try_proxy(name: str) -> None:
    """Checks the file and runs it in front of the app. Raises AssertionError."""
    port = free_port()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        tls = make_certificate(folder)
        origin = f"https://localhost:{port}"
        settings = {"COACHROOM_PUBLIC_URL": origin, "COACHROOM_SIGN_INS_A_MINUTE": str(SIGN_INS_A_MINUTE)}
        with open_server(folder, settings) as server:
            app_port = int(server.url.rpartition(":")[2])
            check, run = PROXIES[name](folder, port, app_port, tls)
            checked = subprocess.run(check, capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stdout + checked.stderr
            with running(run, port, folder / f"{name}.log"):
                try_a_room(server, origin, tls)
                try_limits(origin, port, tls)


def main() -> int:
    tried, failed = 0, 0
    for name in PROXIES:
        if shutil.which(name) is None:
            print(f"{name}: not on this machine, not tried", flush=True)
            continue
        tried += 1
        try:
            try_proxy(name)
        except (AssertionError, OSError, httpx.HTTPError):
            failed += 1
            print(f"{name}: failed\n{traceback.format_exc()}", flush=True)
        else:
            print(f"{name}: its file is valid; signed in, room opened, turns stored, limits held", flush=True)
    return int(failed > 0 or tried == 0)


if __name__ == "__main__":
    sys.exit(main())
