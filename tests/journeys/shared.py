"""Apps by their settings and browsers by their flags: each is started once, when a journey first asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests.journeys.browser import chromium
from tests.open_server import OpenServer, open_server


@dataclass
class SharedApps:
    """Running apps, each with its data in a folder of its own below `folder`."""

    folder: Path
    stack: ExitStack
    running: dict[frozenset[tuple[str, str]], OpenServer] = field(default_factory=dict)

    def with_settings(self, settings: dict[str, str]) -> OpenServer:
        """The app that runs with exactly these settings."""
        key = frozenset(settings.items())
        if key not in self.running:
            folder = self.folder / f"app-{len(self.running)}"
            folder.mkdir()
            self.running[key] = self.stack.enter_context(open_server(folder, settings))
        return self.running[key]

    def tidy_up(self) -> None:
        """Ends what the last journey left open, and takes its clients off the roster."""
        for app in self.running.values():
            app.end_open_sessions()
            app.remove_new_clients()


@dataclass
class SharedBrowsers:
    """Running browsers; what journeys do in one must stand in a context of their own."""

    playwright: Playwright
    stack: ExitStack
    running: dict[tuple[str, ...], Browser] = field(default_factory=dict)

    def with_flags(self, *flags: str) -> Browser:
        """The browser that runs with exactly these flags beside those of every journey."""
        if flags not in self.running:
            self.running[flags] = self.stack.enter_context(chromium(self.playwright, *flags))
        return self.running[flags]


@contextmanager
def shared_apps(folder: Path) -> Iterator[SharedApps]:
    """Apps that are stopped in the end."""
    with ExitStack() as stack:
        yield SharedApps(folder, stack)


@contextmanager
def shared_browsers(playwright: Playwright) -> Iterator[SharedBrowsers]:
    """Browsers that are closed in the end."""
    with ExitStack() as stack:
        yield SharedBrowsers(playwright, stack)
