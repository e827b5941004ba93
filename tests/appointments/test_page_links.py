"""A link into the page of appointments says one time, and is read back as that."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from coachroom.appointments.page_links import TIME, WITH, booking_path, time_in
from coachroom.appointments.states import AppointmentKind
from tests.appointments.houses import MONDAY


@pytest.mark.parametrize("kind", list(AppointmentKind))
def test_a_link_says_its_time_and_nothing_else_is_read_as_one(kind: AppointmentKind) -> None:
    query = parse_qs(urlsplit(booking_path(MONDAY, kind)).query)
    assert (time_in(query[TIME][0]), query[WITH]) == (MONDAY, [kind])
    assert [time_in(text) for text in ("", "tomorrow", "20260504T0800", "99990504T9900Z", "20260504T0800Zx")] == [
        None
    ] * 5


@pytest.mark.parametrize("text", ["00010101T0000Z", "99991231T2359Z"])
def test_a_link_to_a_time_at_an_end_of_all_years_leads_to_none(text: str) -> None:
    assert time_in(text) is None
