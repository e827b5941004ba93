"""SQL lives in .sql files; this reads one file of named statements.

A statement begins with the line `-- name: some_name` and goes on to the next such line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load_statements(package: str, file: str) -> Mapping[str, str]:
    """The statements of `file` inside `package`, by name, in the file's order."""
    parts = _NAME.split(resources.files(package).joinpath(file).read_text(encoding="utf-8"))
    return MappingProxyType(dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True)))
