"""`make bench`: what rooms cost and how long people wait, beside what we aim at. Never part of the tests."""

from __future__ import annotations

import os
import platform

from tests.bench.acknowledgements import measure_acknowledgements
from tests.bench.deliveries import THREADS, measure_deliveries
from tests.bench.first_load import SLOWER, measure_first_load
from tests.bench.listening import measure_listening
from tests.bench.moods import measure_moods
from tests.bench.pages import measure_pages
from tests.bench.recalling import measure_recall
from tests.bench.rooms import measure_rooms
from tests.bench.strangers import measure_strangers
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
    load = measure_first_load()
    print(
        f"\nFirst visit of a client on a phone: Home {load.home.size / 1e6:.2f} MB over the wire in "
        f"{load.home.requests} requests, the room {load.room / 1e6:.2f} MB more; layout shift of Home "
        f"{load.home.shift:.2f}, on a desktop {load.desktop_shift:.2f}"
    )
    print(
        f"room usable {load.usable:.0f} ms after Enter, {load.usable_slowed:.0f} ms on a CPU {SLOWER} times slower, "
        f"ratio {load.ratio:.1f}"
    )
    print("aim: Home 1.5 MB, shift 0.1; usable within 2000 ms on the slow CPU")
    listen = measure_listening()
    print(
        f"\nThe browser in a call: {listen.listening:.1f} % of a core where the page listens, "
        f"{listen.deaf:.1f} % where it does not"
    )
    print("\nOpen room pages over plain websockets\npages  CPU % of a core in all  rerun p50 ms  rerun p95 ms")
    for pages in PAGES:
        page = measure_pages(pages)
        print(f"{page.pages:5}  {page.cpu:22.1f}  {page.rerun_p50:12.1f}  {page.rerun_p95:12.1f}", flush=True)
    print("aim: 200 pages 20 %")
    looking = measure_recall()
    print(f"\nA look into 1,000 memories and 1,000 turns: p50 {looking.p50:.0f} ms, p95 {looking.p95:.0f} ms")
    print("aim: p95 500 ms")
    print("\nDeliveries of one turn each\nthreads  a second  CPU ms each  p50 ms  p99 ms")
    for threads in THREADS:
        each = measure_deliveries(threads)
        print(
            f"{each.threads:7}  {each.a_second:8.0f}  {each.cpu_ms:11.2f}  {each.p50:6.1f}  {each.p99:6.1f}",
            flush=True,
        )
    print("aim: 1 ms of CPU each at 40 threads")
    one = measure_acknowledgements()
    print(
        f"\nTurns over one kept connection: {one.a_second:.0f} a second, {one.cpu_ms:.1f} ms of CPU each, "
        f"p50 {one.later_p50:.1f} ms, p99 {one.later_p99:.1f} ms; first of a connection p50 {one.first_p50:.1f} ms"
    )
    print("aim: p99 250 ms")
    print("\nRooms in talks, by the practice coach's mood\nmood     reports  p50 ms  p99 ms")
    for mood in measure_moods():
        print(f"{mood.mood:7}  {mood.reports:7}  {mood.p50:6.1f}  {mood.p99:6.1f}", flush=True)
    print("aim: p99 250 ms in both")
    burst = measure_webhooks()
    print(f"\n{WEBHOOKS} webhooks at once, a tenth of them twice: answered {burst.statuses}, lost {burst.lost}")
    print(f"doubled {burst.doubled}, answered in {burst.answered_in:.0f} s, filed in {burst.filed_in:.0f} s")
    print(
        f"rooms acknowledged p50 {burst.quiet_p50:.0f} ms, p99 {burst.quiet_p99:.0f} ms before; "
        f"p50 {burst.burst_p50:.0f} ms, p99 {burst.burst_p99:.0f} ms while they came; "
        f"p50 {burst.filing_p50:.0f} ms, p99 {burst.filing_p99:.0f} ms while they were filed"
    )
    print("aim: none lost, none doubled, rooms acknowledged within 250 ms")
    attack = measure_strangers()
    print(f"\nStrangers whose bodies never end, answered {attack.answers}")
    print(
        f"rooms acknowledged p50 {attack.quiet_p50:.0f} ms, p99 {attack.quiet_p99:.0f} ms before; "
        f"p50 {attack.attack_p50:.0f} ms, p99 {attack.attack_p99:.0f} ms meanwhile; "
        f"{attack.quiet_cpu * 100:.0f} and {attack.attack_cpu * 100:.0f} % of a core; memory "
        f"{attack.memory_before:.0f} MB before, {attack.memory_most:.0f} MB at most, "
        f"{attack.memory_after:.0f} MB after"
    )
    print("aim: p99 at most 3 times that of before, memory back within 10 %")


if __name__ == "__main__":
    main()
