"""Where people find help at once, by country: the community's own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from coachroom.settings import Settings
from coachroom.toml_file import read_toml

STRICT = ConfigDict(extra="forbid")
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Name = Annotated[Text, StringConstraints(min_length=1)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+*# ]{0,30}$")]
Web = Annotated[str, StringConstraints(pattern=r"^(https://[^\s\"<>]{1,190})?$")]
Dated = Annotated[str, StringConstraints(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


@dataclass(frozen=True, config=STRICT)
class HelpLine:
    """One line to call or to write to; `source`: a page that says so, written at `dated`, as far as it tells."""

    name: Name
    phone: Phone = ""
    web: Web = ""
    note: Text = ""
    source: Web = ""
    dated: Dated = ""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not self.phone and not self.web:
            raise ValueError("it has neither phone nor web; give one of them")
        return self

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it."""
        return self.phone.replace(" ", "")


@dataclass(frozen=True, config=STRICT)
class HelpInCountry:
    """A country's emergency number and its lines."""

    name: Name
    emergency: Phone
    lines: Annotated[tuple[HelpLine, ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class HelpLines:
    """All countries of the file."""

    elsewhere: HelpInCountry
    countries: Mapping[CountryCode, HelpInCountry]

    def for_zone(self, time_zone: str) -> HelpInCountry:
        """The help where clocks show this time zone, such as "Europe/Berlin"."""
        return self.countries.get(_countries_of_zones().get(time_zone, ""), self.elsewhere)

    @property
    def by_name(self) -> list[HelpInCountry]:
        """All countries in the order of the alphabet, then what holds elsewhere."""
        return [*sorted(self.countries.values(), key=lambda each: each.name), self.elsewhere]


def read_help_lines(settings: Settings) -> HelpLines:
    """The lines of the settings; in a folder without a file, those that coachroom brings. Raises TomlFileError."""
    return read(settings.project_file("help_lines"))


def read(path: Path) -> HelpLines:
    """The lines in this file. Raises TomlFileError: one sentence."""
    return read_toml(
        path,
        HelpLines,
        _known_keys,
        what="list of help lines",
        way_out="start in coachroom's folder or set COACHROOM_HELP_LINES",
    )


def _known_keys(place: Sequence[str]) -> list[str]:
    if not place:
        return ["elsewhere", "countries"]
    return ["name", "phone", "web", "note", "source", "dated"] if "lines" in place else ["name", "emergency", "lines"]


@cache
def _countries_of_zones() -> Mapping[str, str]:
    """Each time zone's country, as the time zone database has it; browsers also say former names."""
    folder = resources.files("tzdata").joinpath("zoneinfo")
    table, links = (
        folder.joinpath(name).read_text(encoding="utf-8").splitlines() for name in ("zone.tab", "tzdata.zi")
    )
    rows = [line.split("\t") for line in table if line and not line.startswith("#")]
    countries = {zone: country for country, _, zone, *_ in rows}
    former = [line.split()[1:3] for line in links if line.startswith("L ")]
    return {other: countries[zone] for zone, other in former if zone in countries} | countries
