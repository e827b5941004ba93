"""A new key by which the browsers' push services know this server."""

from __future__ import annotations

import argparse

from coachroom.notifications.web_push import VapidKey


def add_push_key(parser: argparse.ArgumentParser) -> None:
    parser.description = "Prints a line for .env. With a new key, everybody has to allow notifications again."
    parser.set_defaults(command=_push_key)


def _push_key(_: argparse.Namespace) -> int:
    print(f"COACHROOM_PUSH_KEY={VapidKey.new().text}")
    return 0
