"""A sound system of the tests' own: browsers play into it, nobody hears it, and tests listen to what was played."""

from __future__ import annotations

import array
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.open_server import until

# Of a 16-bit sample; what a browser plays while nothing is said is zero, or nearly.
LOUD = 1000
SAMPLE_BYTES = 2
SERVER = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "-L", "module-null-sink sink_name=quiet"]
RECORDER = ["parec", "--device=quiet.monitor", "--raw", "--format=s16ne", "--rate=16000", "--channels=1"]


@dataclass(frozen=True)
class Speaker:
    """A loudspeaker: the variables with which a browser finds it, and a recording of all that it plays."""

    environment: dict[str, str]
    recording: Path

    def now(self) -> int:
        """The place in the recording at which it is."""
        return self.recording.stat().st_size

    def has_played(self, since: int) -> bool:
        """Whether anything was loud since this place."""
        with self.recording.open("rb") as file:
            file.seek(since - since % SAMPLE_BYTES)
            played = file.read()
        samples = array.array("h", played[: len(played) - len(played) % SAMPLE_BYTES])
        return max(samples, default=0) > LOUD


@contextmanager
def speaker() -> Iterator[Speaker]:
    """A loudspeaker, until the block ends."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        socket, recording, log = folder / "socket", folder / "recording.raw", folder / "pulseaudio.log"
        environment = {"PULSE_SERVER": f"unix:{socket}"}
        errors, output = stack.enter_context(log.open("wb")), stack.enter_context(recording.open("wb"))

        def start(command: list[str], stdout: IO[bytes], ready: Callable[[], object]) -> None:
            given = {**os.environ, **environment, "HOME": place, "XDG_RUNTIME_DIR": place}
            process = stack.enter_context(_running(command, given, stdout, errors))
            until(lambda: _lives(process, log) and ready())

        start([*SERVER, "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"], errors, socket.exists)
        start(RECORDER, output, lambda: recording.stat().st_size)
        yield Speaker(environment, recording)


def _lives(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, f"{process.args!r} stopped at once:\n{log.read_text()}"
    return True


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], output: IO[bytes], errors: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
