"""`make soak HOURS=2`: hours of clients who come and go: what stays in memory, what is on disk, what is gone.

Visits come at a gentle rate, so that the run says what hours do to a process and not what a load does. Ends with 1
where an acknowledged word is missing or doubled, facts differ from their turns, something of an erased client is
left, or memory or descriptors grow.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.bench.community import prepare
from tests.bench.soak_checks import check_disk
from tests.bench.soak_report import Sample, Soak, report, write_between_marks
from tests.bench.visits import Client, Ledger, Visit
from tests.open_server import OpenServer, open_server

CLIENTS = 60
VISITS_AT_ONCE = 14
ERASED_EVERY_S = 150.0
SAMPLE_EVERY_S = 60.0
# A short run still takes so many.
SAMPLES_AT_LEAST = 12
SETTINGS = {"COACHROOM_GRACE_SECONDS": "20"}
SETTLED_WITHIN_S = 300.0
# By then Streamlit has let go of the tabs that were closed, and nobody's grace is left.
EMPTY_S = 150.0
UNSETTLED = (
    "SELECT (SELECT count(*) FROM provider_records WHERE NOT filed) + (SELECT count(*) FROM facts_due)"
    " + (SELECT count(*) FROM agent_conversations WHERE record = 'pending')"
)


def measure_soak(hours: float, folder: Path) -> Soak:
    """Runs the app in `folder` for so long."""
    spare = int(hours * 3600 / ERASED_EVERY_S) + 2
    prepare(folder, CLIENTS + spare)
    with open_server(folder, SETTINGS) as server:
        soak = asyncio.run(_Soak(server, hours).run())
    soak.disk = check_disk(folder, soak.ledger, soak.erased)
    return soak


class _Soak:
    def __init__(self, server: OpenServer, hours: float) -> None:
        self._server = server
        self._hours = hours
        self._chance = random.Random(17)
        self._ledger = Ledger()
        self._numbers = itertools.count()
        self._outside = [self._new_client() for _ in range(CLIENTS)]
        self._inside: list[Client] = []
        self._erased: list[Client] = []
        self._failures: list[str] = []
        self._samples: list[Sample] = []
        self._process = psutil.Process(server.process.pid)
        self._began = time.monotonic()
        self._cpu_before, self._cpu_at = self._cpu(), self._began

    async def run(self) -> Soak:
        self._sample()
        until = self._began + self._hours * 3600
        every = min(SAMPLE_EVERY_S, self._hours * 3600 / SAMPLES_AT_LEAST)
        watching = asyncio.create_task(self._again_and_again(self._sample_in_thread, every))
        erasing = asyncio.create_task(self._again_and_again(self._erase_one, min(ERASED_EVERY_S, 4 * every)))
        # One after the other, so that they do not all come at once.
        places = [
            asyncio.create_task(self._visits(until, place * 60 / VISITS_AT_ONCE)) for place in range(VISITS_AT_ONCE)
        ]
        await asyncio.gather(*places)
        for task in (watching, erasing):
            task.cancel()
        await asyncio.gather(watching, erasing, return_exceptions=True)
        return Soak(
            hours=(time.monotonic() - self._began) / 3600,
            load=os.getloadavg()[0],
            samples=self._samples,
            empty=await self._empty(),
            own_cpu=100 * sum(psutil.Process().cpu_times()[:2]) / (time.monotonic() - self._began),
            ledger=self._ledger,
            erased=self._erased,
            failures=self._failures,
        )

    async def _visits(self, until: float, wait: float) -> None:
        """One place among those who visit at once: one visit after the other."""
        await asyncio.sleep(min(wait, until - time.monotonic()))
        while time.monotonic() < until:
            client = self._outside.pop(self._chance.randrange(len(self._outside)))
            self._inside.append(client)
            try:
                await Visit(self._server, client, self._ledger, self._chance).run()
            except Exception as error:
                # The next visits go on; the run ends with it in its report.
                if not client.erased:
                    self._failures.append(f"{client.id}: {error!r}"[:300])
                    print(self._failures[-1], file=sys.stderr, flush=True)
            finally:
                self._inside.remove(client)
                self._outside.append(self._new_client() if client.erased else client)

    def _new_client(self) -> Client:
        return Client(next(self._numbers), secrets.token_hex(8))

    async def _erase_one(self) -> None:
        """Somebody who is here or was here."""
        there = [client for client in (self._chance.choice([self._inside, self._outside])) if client.sessions]
        if not there:
            return
        client = self._chance.choice(there)
        client.erased = True
        if client in self._outside:
            self._outside[self._outside.index(client)] = self._new_client()
        async with client.coming_or_going:
            await asyncio.to_thread(self._server.erase, client.id)
        self._erased.append(client)

    async def _again_and_again(self, work: object, seconds: float) -> None:
        assert callable(work)
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:
                self._failures.append(f"{error!r}"[:300])
                print(self._failures[-1], file=sys.stderr, flush=True)

    async def _sample_in_thread(self) -> None:
        await asyncio.to_thread(self._sample)

    def _sample(self) -> Sample:
        cpu, now = self._cpu(), time.monotonic()
        used = 100 * (cpu - self._cpu_before) / max(now - self._cpu_at, 0.1)
        self._cpu_before, self._cpu_at = cpu, now
        folder = self._server.database.parent
        waits = sorted(self._ledger.waits[sum(each.reports for each in self._samples) :])
        sample = Sample(
            minute=(now - self._began) / 60,
            visits=self._ledger.happened["visits"],
            turns=self._ledger.turns,
            memory=self._process.memory_info().rss / 1e6,
            descriptors=self._process.num_fds(),
            threads=self._process.num_threads(),
            cpu=used,
            disk=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6,
            held=self._server.held(),
            reports=len(waits),
            ack_p50=waits[len(waits) // 2] if waits else 0.0,
            ack_p99=waits[int(len(waits) * 0.99)] if waits else 0.0,
        )
        self._samples.append(sample)
        print(sample, file=sys.stderr, flush=True)
        return sample

    async def _empty(self) -> Sample:
        """Everybody has gone: the state of the process when all is filed and the closed tabs are forgotten."""
        await asyncio.to_thread(self._server.end_open_sessions)
        began = time.monotonic()
        while self._server.rows(UNSETTLED)[0][0] and time.monotonic() - began < SETTLED_WITHIN_S:
            await asyncio.sleep(1)
        if waiting := self._server.rows(UNSETTLED)[0][0]:
            self._failures.append(f"{waiting} records or facts still wait after {SETTLED_WITHIN_S:.0f} s")
        await asyncio.sleep(max(0.0, began + EMPTY_S - time.monotonic()))
        await asyncio.to_thread(self._server.compact)
        await asyncio.sleep(5)
        return await asyncio.to_thread(self._sample)

    def _cpu(self) -> float:
        return float(sum(self._process.cpu_times()[:2]))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--folder", type=Path, help="where the data is kept; a temporary one is deleted")
    parser.add_argument("--write", type=Path, help="also writes the report into this file, between its marks")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        soak = measure_soak(asked.hours, folder)
    text = report(soak)
    print(text)
    if asked.write:
        write_between_marks(asked.write, text)
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
