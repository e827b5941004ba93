"""The help lines of a country, read from the community's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachroom.safety.help_lines import read
from coachroom.toml_file import TomlFileError

LIST = Path(__file__).resolve().parents[2] / "data" / "help_lines.toml"
LEAST = '[elsewhere]\nname = "x"\nemergency = "112"\nlines = [{ name = "a", phone = "1" }]\n[countries.DE]\n'


@pytest.mark.parametrize(
    ("zone", "country", "phone"),
    [
        ("Europe/Berlin", "Germany", "0800 111 0 111"),
        ("America/Los_Angeles", "United States", "988"),
        ("America/Indiana/Knox", "United States", "988"),
        ("Europe/London", "United Kingdom", "116 123"),
        ("America/Mexico_City", "Mexico", "800 911 2000"),
        ("Asia/Calcutta", "India", "14416"),
        ("US/Pacific", "United States", "988"),
        ("Asia/Tokyo", "another country", ""),
        ("Nowhere/At_all", "another country", ""),
        ("", "another country", ""),
    ],
)
def test_the_clock_tells_the_country(zone: str, country: str, phone: str) -> None:
    found = read(LIST).for_zone(zone)
    assert (found.name, found.lines[0].phone) == (country, phone)


def test_every_line_of_ours_can_be_reached_and_every_country_has_an_emergency_number() -> None:
    countries = read(LIST).by_name
    assert len(countries) == len({each.name for each in countries}) > 20
    assert all(each.emergency for each in countries)
    assert all(line.dialled or line.web for each in countries for line in each.lines)


def test_every_number_of_ours_names_the_page_that_says_so() -> None:
    lists = read(LIST)
    assert [line.name for each in lists.countries.values() for line in each.lines if not line.source] == []
    # The directory for all other countries has no number.
    assert [line.dialled for line in lists.elsewhere.lines] == [""]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('name = "Germany"\nemergency = "112"\nlines = []', "countries.DE.lines cannot be used"),
        ('name = "Germany"\nemergency = "112"\nlines = [{ name = "a" }]', "neither phone nor web"),
        ('name = "Germany"\nemergency = "one one two"\nlines = [{ name = "a", phone = "1" }]', "emergency"),
        ('name = "Germany"\nemergency = "112"\nlines = [{ name = "a", web = "javascript:x" }]', "web"),
        ('name = "Germany"\nemergency = "112"\nlines = [{ name = "a", phon = "1" }]', "did you mean phone"),
        ('name = "Germany"\nemergency = "112"', "the key countries.DE.lines is missing"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "lines.toml"
    path.write_text(LEAST + text, encoding="utf-8")
    with pytest.raises(TomlFileError, match=why):
        read(path)
