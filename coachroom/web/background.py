"""What runs beside the server: ending rooms, fetching transcripts, rebuilding sessions, making facts and the like."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import streamlit as st

from coachroom.app.container import Services
from coachroom.errors import CoachroomError, StoreError
from coachroom.rooms.states import Session
from coachroom.rounds import round_until
from coachroom.store.replica import News, NewsKind
from coachroom.web.runtime import is_alive, request_rerun

log = logging.getLogger(__name__)

# Runs until the event is set.
BackgroundWork = Callable[[Services, threading.Event], None]

LOOK_EVERY_SECONDS = 0.5
END_UNATTENDED_EVERY_SECONDS = 2.0
# A replica may die between the end of a session and asking for its record.
RECOVER_EVERY_SECONDS = 600.0
LOOK_FOR_ERASURES_EVERY_SECONDS = 2.0
CATCH_UP_EVERY_SECONDS = 600.0
FETCH_EVERY_SECONDS = 2.0
DELETE_EVERY_SECONDS = 10.0
REBUILD_EVERY_SECONDS = 0.5
MAKE_FACTS_EVERY_SECONDS = 1.0
SWEEP_EVERY_SECONDS = 30.0
ANSWER_SECONDS = 2.0
SHUT_EVERY_SECONDS = 2.0
SWEEP_SIGN_INS_EVERY_SECONDS = 3600.0
COMPACT_EVERY_SECONDS = 600.0
EXPIRE_EVERY_SECONDS = 60.0
BACK_UP_EVERY_SECONDS = 60.0
SWEEP_IMPORTS_EVERY_SECONDS = 3600.0
SEND_EVERY_SECONDS = 2.0
REPORT_TALKS_EVERY_SECONDS = 600.0
REMIND_EVERY_SECONDS = 30.0
SWEEP_OUTBOX_EVERY_SECONDS = 3600.0
SWEEP_LIVE_EVERY_SECONDS = 2.0
SWEEP_APPOINTMENTS_EVERY_SECONDS = 30.0
FETCH_BUSY_EVERY_SECONDS = 5.0
LOOK_AT_COMPARISONS_EVERY_SECONDS = 600.0
MIRROR_EVERY_SECONDS = 1.0
MAX_STOP_SECONDS = 5.0


async def reap_rooms(services: Services) -> None:
    """Ends sessions whose client left or whose time is up, until cancelled."""

    def on_end(_: Session, tab: str | None) -> None:
        request_rerun(tab)

    await run_periodically(services.sessions.reaper(is_alive, on_end, request_rerun).look, LOOK_EVERY_SECONDS)


def follow_the_others(services: Services) -> None:
    """From now on a tab runs again when another replica takes its session's seat, or ends it, and erased words go."""

    def run_again(session_id: str | None = None) -> None:
        for tab in services.sessions.check_seats(session_id):
            request_rerun(tab)

    def on_news(news: News) -> None:
        if news.kind is NewsKind.FORGOTTEN:
            services.intake.forget(news.subject)
        elif news.kind is NewsKind.DELETED:
            services.erased_elsewhere.hear()
        else:
            run_again(news.subject)

    def on_gap() -> None:
        services.erased_elsewhere.hear()
        run_again()

    if services.link is not None:
        services.link.listen(on_news, on_gap)


def let_go_of_numbers(services: Services) -> None:
    """From now on the pages' cached numbers go once somebody's data was deleted."""
    services.copies.on_drop(st.cache_data.clear)


async def end_unattended(services: Services) -> None:
    """Ends the sessions of replicas that died, and takes up what they left undone, until cancelled."""
    if services.link is not None:
        await asyncio.gather(
            lead_periodically(services, services.sessions.end_unattended, END_UNATTENDED_EVERY_SECONDS),
            lead_periodically(services, services.records.recover, RECOVER_EVERY_SECONDS),
        )


async def catch_up_on_erasures(services: Services) -> None:
    """Keeps this machine's list of erasures level with that of all, until cancelled."""

    def look() -> None:
        if not services.erased_elsewhere.due:
            return
        try:
            services.erased_elsewhere.catch_up()
        except StoreError as error:
            log.warning("The list of erasures was not compared, which is tried again: %s", error)

    if services.link is not None:
        await asyncio.gather(
            run_periodically(services.erased_elsewhere.make_due, CATCH_UP_EVERY_SECONDS),
            run_periodically(look, LOOK_FOR_ERASURES_EVERY_SECONDS),
        )


async def fetch_transcripts(services: Services) -> None:
    """Compares finished calls with the provider's record, until cancelled."""
    await lead_periodically(services, services.records.fetch_due, FETCH_EVERY_SECONDS)


async def delete_erased_calls(services: Services) -> None:
    """Has the provider delete its copies of erased clients' calls, until cancelled."""
    await lead_periodically(services, services.erased_calls.delete_due, DELETE_EVERY_SECONDS)


async def rebuild_sessions(services: Services) -> None:
    """Rebuilds sessions whose records arrived by webhook, until cancelled."""
    await lead_periodically(services, services.records.rebuild_waiting, REBUILD_EVERY_SECONDS)


async def make_facts(services: Services) -> None:
    """Makes the facts of sessions that ended or changed after their end, until cancelled."""
    await lead_periodically(services, services.facts.make_due, MAKE_FACTS_EVERY_SECONDS)


async def sweep_downloads(services: Services) -> None:
    """Deletes downloads that have expired, until cancelled."""
    await run_periodically(services.downloads.sweep, SWEEP_EVERY_SECONDS)


async def shut_pages(services: Services) -> None:
    """Lets pages run again whose sign-in is over, so that they ask to sign in, until cancelled."""

    def look() -> None:
        for tab in services.open_pages.take_out(is_alive, services.sign_ins.good, services.clock()):
            request_rerun(tab)

    await run_periodically(look, SHUT_EVERY_SECONDS)


async def sweep_sign_ins(services: Services) -> None:
    """Deletes sign-ins that are over by their age, until cancelled."""
    await lead_periodically(services, services.sign_ins.sweep, SWEEP_SIGN_INS_EVERY_SECONDS)


async def expire_words(services: Services) -> None:
    """Deletes words that are older than they are kept, some at a time and at quiet times, until cancelled."""

    def look() -> None:
        try:
            services.retention.expire_due(quiet=services.presence.quiet)
        except StoreError as error:
            log.warning("Old words were not deleted, which is tried again: %s", error)

    await lead_periodically(services, look, EXPIRE_EVERY_SECONDS)


async def compact_where_due(services: Services) -> None:
    """Copies the database into a new file after somebody was erased, at a quiet time, until cancelled."""

    def look() -> None:
        try:
            services.maintenance.compact_where_due(quiet=services.presence.quiet)
        except StoreError as error:
            log.warning("The database was not compacted, which is tried again: %s", error)

    await lead_periodically(services, look, COMPACT_EVERY_SECONDS)


async def take_backups(services: Services) -> None:
    """Takes the backups that are due, until cancelled."""

    def look() -> None:
        try:
            services.backups.take_due()
        except CoachroomError as error:
            log.error("There is no new backup, which is tried again: %s", error)

    await lead_periodically(services, look, BACK_UP_EVERY_SECONDS)


async def sweep_imports(services: Services) -> None:
    """Deletes what was kept for undoing imports of members and is too old for it, until cancelled."""
    await lead_periodically(services, services.members.sweep, SWEEP_IMPORTS_EVERY_SECONDS)


def send_messages(services: Services, stop: threading.Event) -> None:
    """Sends the mails and reports that are due, until told to stop.

    In a thread of its own: a server that does not answer keeps neither the app's other work nor its end waiting.
    """
    _lead_until(stop, services, services.outbox.send_due, SEND_EVERY_SECONDS)


async def write_monday_mails(services: Services) -> None:
    """Writes the coaches' mails of Monday morning, until cancelled."""
    await lead_periodically(services, services.monday_mail.write_due, REPORT_TALKS_EVERY_SECONDS)


async def write_reminders(services: Services) -> None:
    """Reminds clients of due next steps, and of the day on which they wanted to come back, until cancelled."""

    def look() -> None:
        services.come_back.sweep()
        services.due_reminders.write_due()

    await lead_periodically(services, look, REMIND_EVERY_SECONDS)


async def report_talks(services: Services) -> None:
    """Reports clients who need a talk to the community's own systems, until cancelled."""
    await lead_periodically(services, services.reports.report_talks, REPORT_TALKS_EVERY_SECONDS)


async def sweep_outbox(services: Services) -> None:
    """Deletes messages and given reminders that are too old to count for anything, until cancelled."""

    def look() -> None:
        services.outbox.sweep()
        services.due_reminders.sweep()

    await lead_periodically(services, look, SWEEP_OUTBOX_EVERY_SECONDS)


def show_visits(services: Services) -> None:
    """From now on a client's page runs again when a human coach asks to join their session, or has left it."""
    services.live.on_change(lambda session_id: request_rerun(services.presence.holder(session_id)))


async def sweep_live(services: Services) -> None:
    """Ends human coaches' visits to sessions that are over, unanswered, lost or not allowed, until cancelled."""
    await run_periodically(services.live.sweep, SWEEP_LIVE_EVERY_SECONDS)


async def sweep_appointments(services: Services) -> None:
    """Settles appointments that are over, cancels what cannot take place, reminds of the others, until cancelled.

    The first look after a start moves series whose time zone has new rules.

    Where appointments are off, nobody is reminded of those that were booked before.
    """

    def look() -> None:
        services.appointments.sweep()
        if services.settings.appointments:
            services.zone_rules.follow()
            services.appointment_mails.remind()

    await lead_periodically(services, look, SWEEP_APPOINTMENTS_EVERY_SECONDS)


def fetch_busy_times(services: Services, stop: threading.Event) -> None:
    """Reads coaches' other calendars that are due, until told to stop.

    In a thread of its own, as those servers may answer slowly.
    """
    _lead_until(stop, services, services.busy_calendars.fetch_due, FETCH_BUSY_EVERY_SECONDS)


async def look_at_comparisons(services: Services) -> None:
    """Ends the comparison of versions that has its size, stops the one that does harm, until cancelled."""

    def look() -> None:
        try:
            services.comparisons.look()
        except StoreError as error:
            log.warning("The comparison of versions was not looked at, which is tried again: %s", error)

    await lead_periodically(services, look, LOOK_AT_COMPARISONS_EVERY_SECONDS)


def mirror_database(services: Services, stop: threading.Event) -> None:
    """Takes over into the mirror for numbers what changed in the database, until told to stop.

    In a thread of its own: a new copy of a large community takes its time.
    """
    mirror, trouble = services.mirror, ""
    while mirror is not None and not stop.is_set():
        try:
            with services.copies.mirror_refresh():
                mirror.refresh()
            trouble = ""
        except StoreError as error:
            if str(error) != trouble and not stop.is_set():
                log.warning("%s Numbers stay as they were; this is tried again.", error)
            trouble = str(error)
        except Exception:
            # A round that fails must not end the later ones.
            log.exception("the mirror for numbers could not be refreshed and will be tried again")
        stop.wait(MIRROR_EVERY_SECONDS)


async def end_with_the_database(services: Services) -> None:
    """Ends the process where the database has failed for good, so that whoever watches it starts it anew.

    Nothing can be written any more, and what was acknowledged is on disk: nothing is lost by ending at once.
    """
    while (failure := services.store_status.failure) is None:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    # So that answers in flight, and the 503 of /healthz, still go out.
    await asyncio.sleep(ANSWER_SECONDS)
    sentence = f"coachroom ends because its database failed ({failure}): free space on its disk, and start it again."
    # The log may stand on the same full disk.
    with contextlib.suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - the one line an operator looks for
    os._exit(os.EX_IOERR if hasattr(os, "EX_IOERR") else 1)


@asynccontextmanager
async def background_threads(services: Services, *work: BackgroundWork) -> AsyncIterator[None]:
    """Runs each in a daemon thread of its own while the block lasts; at its end waits up to MAX_STOP_SECONDS."""
    stop = threading.Event()
    threads = [threading.Thread(target=each, args=(services, stop), name=each.__name__, daemon=True) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join, MAX_STOP_SECONDS)


async def run_periodically(work: Callable[[], object], seconds: float) -> None:
    """Calls `work` in a thread, again and again with a pause of `seconds`, until cancelled."""
    while True:
        await asyncio.to_thread(_try_once, work)
        await asyncio.sleep(seconds)


async def lead_periodically(services: Services, work: Callable[[], object], seconds: float) -> None:
    """As `run_periodically`, while this replica is the one that leads; a round is over where it no longer does."""
    while True:
        while not services.leads:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        with round_until(lambda: not services.leads):
            await asyncio.to_thread(_try_once, work)
        # Work of every hour begins with each lead, not up to an hour later.
        until = time.monotonic() + seconds
        while services.leads and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_EVERY_SECONDS))


def _lead_until(stop: threading.Event, services: Services, work: Callable[[], object], seconds: float) -> None:
    """As `lead_periodically`, in the present thread, until told to stop."""
    with round_until(lambda: stop.is_set() or not services.leads):
        while not stop.wait(seconds):
            if services.leads:
                _try_once(work)


def _try_once(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        # A round that fails must not end the later ones.
        log.exception("background work failed and will be tried again")
