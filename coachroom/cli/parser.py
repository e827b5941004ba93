"""How every command reads its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from coachroom.errors import MISTAKE

STANDARD_OUTPUT = Path("-")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"{message[:1].upper()}{message[1:]}: see `{self.prog} --help`.\n")
