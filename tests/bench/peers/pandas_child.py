"""pandas in a process of its own, which can be ended when a metric takes too long."""

from __future__ import annotations

import pickle
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tests.bench.cases import CASES, Case
from tests.bench.invented import ROOT, Data
from tests.bench.peers.frames import METRICS, Tables, World
from tests.bench.peers.peer import LIMIT_SECONDS, Answer, NotExpressibleError, NotFinishedError

LOAD_SECONDS = 600.0


class Pandas:
    """Asks by a line on the child's input; answers are pickled, the first is how long loading took."""

    name = "pandas"
    version = pd.__version__

    def __init__(self, data: Data) -> None:
        self._folder = data.tables
        self._start()

    def once(self, case: Case) -> Answer:
        if case.metric.id not in METRICS:
            raise NotExpressibleError("no pandas for it was written")
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case.name}\n".encode())
        self._process.stdin.flush()
        try:
            answer: Answer = self._receive(LIMIT_SECONDS)
        except NotFinishedError:
            self.close()
            self._start()
            raise
        return answer

    def close(self) -> None:
        self._process.kill()
        # Leaves the pipes closed, too.
        self._process.communicate()

    def _start(self) -> None:
        command = [sys.executable, "-m", __spec__.name, str(self._folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.load_seconds = float(self._receive(LOAD_SECONDS))

    def _receive(self, seconds: float) -> Any:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            raise NotFinishedError
        return pickle.load(self._process.stdout)


def _serve(folder: Path) -> None:
    by_name = {case.name: case for case in CASES}

    def send(what: Any) -> None:
        pickle.dump(what, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    since = time.perf_counter()
    tables = Tables.load(folder)
    send(time.perf_counter() - since)
    for line in sys.stdin:
        case = by_name[line.strip()]
        wall, cpu = time.perf_counter(), time.process_time()
        frame = METRICS[case.metric.id](World(tables, case.parameters))
        frame = frame[[column.name for column in case.metric.columns]]
        send(Answer(frame, (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
