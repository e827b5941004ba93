"""The ASGI app: our routes and middleware around Streamlit. One process, one port."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from streamlit.runtime.pages_manager import PagesManager

from coachroom import project_files
from coachroom.app.container import Services
from coachroom.app.current import install, shut_down
from coachroom.app.open_files import raise_file_limit
from coachroom.app.simulator_wiring import PRACTICE_PATH, PROVIDER_WEBHOOK_PATH
from coachroom.errors import CoachroomError
from coachroom.regions import api_origins, socket_origins
from coachroom.settings import Settings
from coachroom.web.admin_uploads import AdminUploads
from coachroom.web.answer_route import answer_routes
from coachroom.web.asset_tags import AssetTags
from coachroom.web.background import (
    BackgroundWork,
    background_threads,
    end_with_the_database,
    fetch_busy_times,
    follow_the_others,
    lead,
    let_go_of_numbers,
    mirror_database,
    repeat,
    rounds_of_each,
    rounds_of_leader,
    send_messages,
    show_visits,
)
from coachroom.web.bounded_bodies import BoundedBodies
from coachroom.web.briefing_route import briefing_routes
from coachroom.web.calendar_feed_route import calendar_feed_routes
from coachroom.web.closed_tabs import keep_closed_tabs, let_closed_tabs_go
from coachroom.web.compressed_scripts import CompressedScripts
from coachroom.web.cut_off import is_away, leave_when_cut_off
from coachroom.web.draining import DRAINING, prepare_draining
from coachroom.web.errors import page_error
from coachroom.web.exports_route import export_routes
from coachroom.web.first_document import FirstDocument
from coachroom.web.headers import SecurityHeaders
from coachroom.web.host_cookies import HostCookies
from coachroom.web.live_routes import live_routes
from coachroom.web.log_limit import tracebacks_limited
from coachroom.web.member_hook_route import member_hook_routes
from coachroom.web.more_time_route import more_time_routes
from coachroom.web.off_record_route import off_record_routes
from coachroom.web.paced_pages import PacedPages
from coachroom.web.page_frames import PageFrames
from coachroom.web.phone_routes import phone_routes
from coachroom.web.push_routes import push_routes
from coachroom.web.request_ids import RequestIds
from coachroom.web.rooms_routes import MAX_DELIVERY_BYTES, room_routes
from coachroom.web.runtime import prepare_uvicorn, say_in_our_words_that_a_page_failed
from coachroom.web.signin import CALLBACK, sign_in_routes
from coachroom.web.status import status_routes
from coachroom.web.strangers import BoundedStrangers
from coachroom.web.streamlit_sign_in import StreamlitSignIn
from coachroom.web.tools_routes import tools_routes
from coachroom.web.unsubscribe_route import unsubscribe_routes
from coachroom.web.webhooks_routes import webhook_routes

log = logging.getLogger(__name__)

HOME = project_files.FOLDER / "Home.py"
# Imported before the first visitor comes: otherwise that visitor waits most of a second for them. streamlit_webrtc
# itself must not be among them: declared outside of a page, its component is not served.
WARM = ("pandas", "altair", "aiortc", "av", "elevenlabs")
NEW_OBJECTS_BEFORE_COLLECTION = 20_000


def build_app(services: Services, *beside: BackgroundWork) -> st.App:
    """The whole app around opened services, which it closes when it stops; `beside` goes on meanwhile."""
    return st.App(HOME, **app_arguments(services, *beside))


def app_arguments(services: Services, *beside: BackgroundWork) -> dict[str, Any]:
    """What `st.App` takes beside the main page. For modules in which Streamlit looks for the call of `st.App`."""
    settings = services.settings
    secure = settings.origin.startswith("https:")
    # Without this a fresh process would serve a deep link past Home.py, with every page in the menu.
    PagesManager.uses_pages_directory = False
    prepare_uvicorn()
    say_in_our_words_that_a_page_failed()
    prepare_draining(settings.drain_seconds)
    raise_file_limit()
    install(services)
    show_visits(services)
    let_go_of_numbers(services)
    follow_the_others(services)

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
        await asyncio.to_thread(_warm_up)
        work = [
            *(asyncio.create_task(repeat(each)) for each in rounds_of_each(services)),
            *(asyncio.create_task(lead(services, each)) for each in rounds_of_leader(services)),
            asyncio.create_task(leave_when_cut_off(services)),
            asyncio.create_task(end_with_the_database(services)),
            asyncio.create_task(let_closed_tabs_go(keep_closed_tabs())),
        ]
        reading = [fetch_busy_times] if services.settings.appointments else []
        reading += [mirror_database] if services.mirror is not None else []
        try:
            with tracebacks_limited():
                async with background_threads(services, send_messages, *reading, *beside):
                    yield {}
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            if services.practice is not None:
                await services.practice.close()
            await asyncio.to_thread(shut_down)
            # Python clears nothing that is frozen, and DuckDB's binding complains at exit about what is left.
            gc.unfreeze()
            DRAINING.leave()

    return {
        "lifespan": lifespan,
        "routes": routes_of(services),
        "middleware": [
            Middleware(RequestIds),
            Middleware(SecurityHeaders, connect=_agent_hosts(settings), secure=secure),
            *([Middleware(HostCookies)] if secure else []),
            Middleware(BoundedStrangers, services=services),
            Middleware(PacedPages),
            Middleware(AdminUploads, services=services),
            Middleware(
                BoundedBodies,
                tokens=services.tokens,
                proxies=settings.proxy_networks,
                max_bytes=MAX_DELIVERY_BYTES,
                # The practice coach stands in for a service elsewhere; webhooks show a signature instead of a token.
                apart=(PRACTICE_PATH + "/", PROVIDER_WEBHOOK_PATH),
            ),
            Middleware(PageFrames),
            Middleware(StreamlitSignIn),
            Middleware(AssetTags),
            Middleware(CompressedScripts),
            Middleware(FirstDocument, database_is_away=lambda: is_away(services.link)),
        ],
        "exception_handlers": {CoachroomError: page_error},
        "secrets": _secrets(settings),
        "on_script_error": _log_script_error,
    }


def routes_of(services: Services) -> list[BaseRoute]:
    routes: list[BaseRoute] = [*room_routes(), *tools_routes(), *sign_in_routes(), *status_routes(), *export_routes()]
    routes += [
        *webhook_routes(),
        *briefing_routes(),
        *more_time_routes(),
        *off_record_routes(),
        *member_hook_routes(),
        *unsubscribe_routes(),
        *answer_routes(),
        *phone_routes(),
        *push_routes(),
    ]
    if services.settings.live_coach:
        routes += live_routes()
    if services.settings.appointments:
        routes += calendar_feed_routes()
    if services.practice is not None:
        routes.append(Mount(PRACTICE_PATH, routes=services.practice.routes()))
    return routes


def _agent_hosts(settings: Settings) -> tuple[str, ...]:
    """Where a room page may connect to besides ourselves: nowhere in practice."""
    if settings.provider.value == "practice":
        return ()
    return (*api_origins(settings.elevenlabs_url), *socket_origins(settings.elevenlabs_url))


def _secrets(settings: Settings) -> dict[str, Any]:
    """Streamlit's sign-in settings, from ours."""
    if not settings.oidc_configured or settings.oidc_client_secret is None:
        return {}
    return {
        "auth": {
            "redirect_uri": settings.origin + CALLBACK,
            "cookie_secret": settings.cookie_secret.get_secret_value(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def _warm_up() -> None:
    for name in WARM:
        importlib.import_module(name)
    # What is there now stays for good; later collections need not look at it.
    gc.collect()
    gc.freeze()
    # A look through all objects stops every thread, 0.3 s among a thousand pages: once a minute instead of each 8 s.
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTION, *gc.get_threshold()[1:])


def _log_script_error(error: Exception) -> None:
    log.error("a page failed", exc_info=error)
