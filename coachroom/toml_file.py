"""A TOML file read into a checked value; what is wrong with it is one sentence that names the file and the key."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from coachroom.did_you_mean import did_you_mean
from coachroom.errors import CoachroomError

MAX_FILE_BYTES = 256 * 1024

T = TypeVar("T")
# The keys that there are at a place of the document; the place is the keys that lead there.
KnownKeys = Callable[[Sequence[str]], Sequence[str]]


class TomlFileError(CoachroomError):
    """A file is missing, unreadable or has a value that cannot be used."""


def read_toml(path: Path, kind: type[T], known_keys: KnownKeys, *, what: str, way_out: str) -> T:
    """The file as a `kind`. `what` it is and the `way_out` of a missing one stand in the sentences.

    Raises TomlFileError: one sentence.
    """
    document = _document(path, what, way_out)
    try:
        # As JSON, because there a list may become a tuple while all else stays strict.
        return TypeAdapter(kind).validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise TomlFileError(f"{path}: {_mistake(error, known_keys)}") from None


def _document(path: Path, what: str, way_out: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TomlFileError(f"The {what} {path} cannot be read ({error.strerror}): {way_out}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise TomlFileError(f"{path} is too large for the {what}: it may have {MAX_FILE_BYTES // 1024} kB.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise TomlFileError(f"{path} is no UTF-8 text: save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise TomlFileError(f"{path} is no valid TOML ({error}): correct that place.") from None


def _mistake(error: ValidationError, known_keys: KnownKeys) -> str:
    # A key that is not known comes first: a misspelt key is also reported as a missing one.
    errors = error.errors(include_url=False, include_context=False)
    first = min(errors, key=lambda one: one["type"] != "unexpected_keyword_argument")
    place = [str(part) for part in first["loc"] if part != "[key]"]
    key = ".".join(place)
    if first["type"] == "unexpected_keyword_argument":
        known = known_keys(place[:-1])
        way_out = did_you_mean(place[-1], known, f"there are {', '.join(known)}.")
        return f"there is no key {key}; {way_out}"
    if first["type"] == "missing":
        return f"the key {key} is missing; add it."
    message = first["msg"].removeprefix("Value error, ").rstrip(".?")
    return f"{key} cannot be used: {message[:1].lower()}{message[1:]}."
