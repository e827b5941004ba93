"""`make bench`: what rooms cost and how long people wait, beside what we aim at. Never part of the tests."""

from __future__ import annotations

import os
import platform

from tests.bench.commits import measure_commits
from tests.bench.deliveries import THREADS, measure_deliveries
from tests.bench.pages import measure_pages
from tests.bench.rooms import measure_rooms
from tests.bench.webhooks import WEBHOOKS, measure_webhooks

ROOMS = (1, 2, 4)
PAGES = (50, 200)


def main() -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; load {os.getloadavg()[0]:.1f}")
    print("\nRooms in Chromium (the browser's own work shares these cores)")
    print(
        "self-view  rooms  CPU % of a core a room  MB a room  to video ms  to first word ms  ack p50 ms  ack p99 ms"
    )
    for mode in ("local", "webrtc"):
        for rooms in ROOMS:
            cost = measure_rooms(mode, rooms)
            print(
                f"{cost.mode:9}  {cost.rooms:5}  {cost.cpu:22.1f}  {cost.memory:9.1f}  {cost.to_video:11.0f}"
                f"  {cost.to_word:16.0f}  {cost.ack_p50:10.0f}  {cost.ack_p99:10.0f}",
                flush=True,
            )
    print("aim: local 1 %, webrtc 6 %; both there within 1500 ms; acknowledged within 250 ms")
    print("\nOpen room pages over plain websockets\npages  CPU % of a core in all  rerun p50 ms  rerun p95 ms")
    for pages in PAGES:
        page = measure_pages(pages)
        print(f"{page.pages:5}  {page.cpu:22.1f}  {page.rerun_p50:12.1f}  {page.rerun_p95:12.1f}", flush=True)
    print("aim: 200 pages 20 %")
    commit = measure_commits()
    print(
        f"\n64 writers: {commit.a_second:.0f} acknowledged a second, p50 {commit.p50:.1f} ms, p99 {commit.p99:.1f} ms"
    )
    print("aim: p99 100 ms")
    print("\nDeliveries of one turn each\nthreads  a second  CPU ms each  p50 ms  p99 ms")
    for threads in THREADS:
        each = measure_deliveries(threads)
        print(
            f"{each.threads:7}  {each.a_second:8.0f}  {each.cpu_ms:11.2f}  {each.p50:6.1f}  {each.p99:6.1f}",
            flush=True,
        )
    print("aim: 1 ms of CPU each at 40 threads")
    burst = measure_webhooks()
    print(f"\n{WEBHOOKS} webhooks at once, a tenth of them twice: answered {burst.statuses}, lost {burst.lost}")
    print(f"doubled {burst.doubled}, answered in {burst.answered_in:.0f} s, filed in {burst.filed_in:.0f} s")
    print(
        f"rooms acknowledged p50 {burst.quiet_p50:.0f} ms, p99 {burst.quiet_p99:.0f} ms before; "
        f"p50 {burst.burst_p50:.0f} ms, p99 {burst.burst_p99:.0f} ms while they came; "
        f"p50 {burst.filing_p50:.0f} ms, p99 {burst.filing_p99:.0f} ms while they were filed"
    )
    print("aim: none lost, none doubled, rooms acknowledged within 250 ms")


if __name__ == "__main__":
    main()
