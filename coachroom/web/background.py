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
from dataclasses import dataclass

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
ANSWER_SECONDS = 2.0
SEND_EVERY_SECONDS = 2.0
FETCH_BUSY_EVERY_SECONDS = 5.0
MIRROR_EVERY_SECONDS = 1.0
MAX_STOP_SECONDS = 5.0
HOUR = 3600.0


@dataclass(frozen=True)
class Round:
    """Work that is done again and again, with a pause of so many seconds.

    `failed`: what is said where it raises a CoachroomError, which is to be expected now and then.
    `after_failure`: the pause before it is tried again, where that is shorter.
    """

    seconds: float
    work: Callable[[], object]
    failed: str | None = None
    after_failure: float | None = None


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


def show_visits(services: Services) -> None:
    """From now on a client's page runs again when a human coach asks to join their session, or has left it."""
    services.live.on_change(lambda session_id: request_rerun(services.presence.holder(session_id)))


def rounds_of_each(services: Services) -> list[Round]:
    """What each replica does for its own pages, visits and files."""

    def run_again(_: Session, tab: str | None) -> None:
        request_rerun(tab)

    def shut_pages() -> None:
        """Lets pages run again whose sign-in is over, so that they ask to sign in."""
        for tab in services.open_pages.take_out(is_alive, services.sign_ins.good, services.clock()):
            request_rerun(tab)

    def catch_up() -> None:
        if services.erased_elsewhere.due:
            services.erased_elsewhere.catch_up()

    rounds = [
        Round(LOOK_EVERY_SECONDS, services.sessions.reaper(is_alive, run_again, request_rerun).look),
        Round(2, shut_pages),
        Round(2, services.live.sweep),
        Round(30, services.downloads.sweep),
    ]
    if services.link is not None:
        rounds += [
            Round(2, catch_up, "The list of erasures was not compared"),
            Round(600, services.erased_elsewhere.make_due),
        ]
    return rounds


def rounds_of_leader(services: Services) -> list[Round]:
    """What is to be done once, however many replicas there are."""

    def expire_words() -> None:
        services.retention.expire_due(quiet=services.presence.quiet)

    def compact() -> None:
        services.maintenance.compact_where_due(quiet=services.presence.quiet)

    def remind_of_steps() -> None:
        services.come_back.sweep()
        services.due_reminders.write_due()

    def settle_appointments() -> None:
        services.appointments.sweep()
        # Where appointments are off, nobody is reminded of those that were booked before.
        if services.settings.appointments:
            services.zone_rules.follow()
            services.appointment_mails.remind()

    rounds = [
        Round(0.5, services.records.rebuild_waiting),
        Round(1, services.facts.make_due),
        Round(2, services.records.fetch_due),
        Round(10, services.erased_calls.delete_due),
        Round(30, remind_of_steps),
        Round(30, settle_appointments),
        Round(60, expire_words, "Old words were not deleted"),
        Round(60, services.backups.take_due, "There is no new backup"),
        Round(600, compact, "The database was not compacted"),
        Round(600, services.reports.report_talks),
        Round(600, services.monday_mail.write_due),
        Round(600, services.comparisons.look, "The comparison of versions was not looked at"),
        Round(HOUR, services.sign_ins.sweep),
        Round(HOUR, services.members.sweep),
        Round(HOUR, services.outbox.sweep),
        Round(HOUR, services.due_reminders.sweep),
    ]
    if services.link is not None:
        # A replica may die between the end of a session and asking for its record.
        rounds += [Round(2, services.sessions.end_unattended), Round(600, services.records.recover, after_failure=2)]
    return rounds


async def repeat(each: Round) -> None:
    """Does this round in a thread, again and again, until cancelled."""
    while True:
        await asyncio.sleep(await asyncio.to_thread(_try_once, each))


async def lead(services: Services, each: Round) -> None:
    """As `repeat`, while this replica is the one that leads; a round is over where it no longer does."""
    while True:
        while not services.leads:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        with round_until(lambda: not services.leads):
            pause = await asyncio.to_thread(_try_once, each)
        # Work of every hour begins with each lead, not up to an hour later.
        until = time.monotonic() + pause
        while services.leads and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_EVERY_SECONDS))


def send_messages(services: Services, stop: threading.Event) -> None:
    """Sends the mails and reports that are due, until told to stop.

    In a thread of its own: a server that does not answer keeps neither the app's other work nor its end waiting.
    """
    _lead_until(stop, services, Round(SEND_EVERY_SECONDS, services.outbox.send_due))


def fetch_busy_times(services: Services, stop: threading.Event) -> None:
    """Reads coaches' other calendars that are due, until told to stop.

    In a thread of its own, as those servers may answer slowly.
    """
    _lead_until(stop, services, Round(FETCH_BUSY_EVERY_SECONDS, services.busy_calendars.fetch_due))


def _lead_until(stop: threading.Event, services: Services, each: Round) -> None:
    with round_until(lambda: stop.is_set() or not services.leads):
        while not stop.wait(each.seconds):
            if services.leads:
                _try_once(each)


def _try_once(each: Round) -> float:
    """How long to pause after it, in seconds."""
    try:
        each.work()
    except Exception as error:
        # A round that fails must not end the later ones.
        if each.failed is not None and isinstance(error, CoachroomError):
            log.error("%s, which is tried again: %s", each.failed, error)
        else:
            log.exception("background work failed and will be tried again")
        return each.seconds if each.after_failure is None else each.after_failure
    return each.seconds


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
