"""WebKitGTK's MiniBrowser on a screen of its own, driven over WebDriver: what its person sees and does there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options

from tests.journeys.steps import PICTURE
from tests.open_server import until
from tests.server import free_port
from tools.ensure_engines import MINI_BROWSER, WEBKIT_DRIVER, XVFB

SLOWEST_STEP_SECONDS = 30
ANSWER_SECONDS = 60
FLAGS = ("--automation", "--enable-mock-capture-devices=true", "--enable-media-stream=true")
# Draws without a graphics card.
VARIABLES = {"WEBKIT_DISABLE_DMABUF_RENDERER": "1", "LIBGL_ALWAYS_SOFTWARE": "1", "GDK_BACKEND": "x11"}
# Everything on the page, also what is inside of components; what can be pressed or filled in, by its name; all words.
LOOK = """
const within = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
  each.shadowRoot ? [each, ...within(each.shadowRoot)] : [each]);
const all = within(document);
const nameOf = (each) =>
  each.ariaLabel || (each.labels?.length ? each.labels[0].innerText : each.innerText || each.placeholder) || "";
const named = (kinds, name) => all.find((each) =>
  each.matches(kinds) && !each.disabled && each.getClientRects().length && nameOf(each).includes(name));
const words = () => [document, ...all.map((each) => each.shadowRoot).filter(Boolean)]
  .flatMap((root) => [...(root.body ?? root).children]).map((each) => each.innerText ?? "").join("\\n");
"""
PRESSED = "button, a, [role=radio], input[type=radio]"


class WebKit:
    """One person's browser. Each step waits until it is possible."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver

    def run(self, script: str, *given: object) -> Any:
        """Runs the script in the page, which may use `all`, `named` and `words`; what it returns."""
        return self.driver.execute_script(LOOK + script, *given)

    def sees(self, *texts: str) -> None:
        """Waits until one of these stands on the page."""
        self._wait(lambda: any(text in self.run("return words()") for text in texts), f"the words {texts}")

    def sees_no(self, text: str) -> None:
        """Waits until this stands on the page no more."""
        self._wait(lambda: text not in self.run("return words()"), f"a page without the words {text!r}")

    def find(self, kinds: str, name: str = "") -> WebElement:
        """Waits for the first element of these kinds with this in its name."""
        found = "return named(arguments[0], arguments[1])"
        return self._wait(lambda: self.run(found, kinds, name), f"{kinds} of the name {name!r}")

    def press(self, name: str, kinds: str = PRESSED, key: str = Keys.ENTER) -> None:
        """Presses a key on it: a real one, as a browser plays sound only after that."""
        self._keys(self.find(kinds, name), key)

    def write(self, name: str, text: str) -> None:
        """Types into the field of this name, and sends it."""
        self._keys(self.find("textarea", name), text, Keys.ENTER)

    def picture_moves(self) -> None:
        """Waits until a video on the page shows one picture after another."""
        seen: set[str] = set()
        show = f"const video = all.find((each) => each.matches('video')); return video && ({PICTURE})(video);"

        def several_pictures() -> bool:
            seen.add(self.run(show) or "")
            return len(seen - {""}) > 3

        self._wait(several_pictures, "a picture that moves")

    def _keys(self, element: WebElement, *keys: str) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' }); arguments[0].focus()", element)
        ActionChains(self.driver).send_keys(*keys).perform()

    def _wait(self, true: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + SLOWEST_STEP_SECONDS
        while not (value := true()):
            assert time.monotonic() < deadline, f"waited for {what}; the page says:\n{self.run('return words()')}"
            time.sleep(0.1)
        return value


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees; its name."""
    path = XVFB.find()
    assert path, "the visit needs Xvfb: run `make test-engines`"
    read, write = os.pipe()
    command = [path, "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with os.fdopen(read, encoding="ascii") as number:
        process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        try:
            yield f":{number.readline().strip()}"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def webkit(environment: Mapping[str, str]) -> Iterator[WebKit]:
    """A fresh WebKitGTK with an invented camera and microphone, both allowed, and these variables."""
    path, browser = WEBKIT_DRIVER.find(), MINI_BROWSER.find()
    assert path, "the visit needs WebKitWebDriver: run `make test-engines`"
    port = free_port()
    options = Options()
    options.binary_location = browser or ""
    for flag in FLAGS:
        options.add_argument(flag)
    with tempfile.TemporaryDirectory() as home, (Path(home) / "driver.log").open("wb") as log:
        given = {**os.environ, **VARIABLES, **environment, "HOME": home, "XDG_RUNTIME_DIR": home}
        process = subprocess.Popen(
            [path, f"--port={port}"], env=given, stdout=log, stderr=log, start_new_session=True
        )
        try:
            until(lambda: _listens(port), 30)
            # A driver that hangs fails the visit.
            address = ClientConfig(f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS)
            driver = WebDriver(RemoteConnection(client_config=address), options=options)
            driver.set_window_size(1280, 900)
            yield WebKit(driver)
            driver.quit()
        finally:
            # With the browser, which is in the same group; it may hang.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
