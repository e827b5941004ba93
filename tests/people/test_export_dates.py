"""Dates as spreadsheets write them: whatever the way, the same day comes out, or none."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.people.export_dates import date_reader

MORNING = datetime(2026, 3, 14, 9, 5)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-14 09:05:00", "2026-03-14T09:05:00Z", "2026/3/14 9:05", "2026.03.14 09:05"),
        *("3/14/2026 9:05", "3/14/26 9:05 AM", "14/03/2026 09:05", "14.03.2026 09:05", "14.3.26, 09:05"),
        *("14-03-2026 9:05:00", "14. 3. 2026 9:05", "46095.3784722222", "46095,3784722222"),
        *("14 Mar 2026 at 09:05", "Mar 14, 2026, 9:05 a.m.", "March 14th, 2026 9:05 am", "Sat, 14 March 2026 09:05"),
        *("14. März 2026 um 09:05 Uhr", "14 de marzo de 2026 9:05", "14 mars 2026 09:05", "14-mrz-2026 09:05"),
    ],
)
def test_one_moment_in_many_ways_of_writing(text: str) -> None:
    assert date_reader([text]).read(text) == MORNING


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["3/1/2026 10:00", "3/14/2026 9:05"], datetime(2026, 3, 1, 10)),
        (["3/1/2026", "14/3/2026"], datetime(2026, 1, 3)),
        (["3.1.2026", "4.2.2026"], datetime(2026, 1, 3)),
        (["3/1/2026 10:00 AM", "4/2/2026 1:00 PM"], datetime(2026, 3, 1, 10)),
        (["3/1/2026", "yesterday", "99/99/2026", "", "3/14/2026"], datetime(2026, 3, 1)),
        # Nothing tells the order, or the column contradicts itself.
        (["3/1/2026", "4/2/2026"], None),
        (["3/1/2026", "14/3/2026", "3/14/2026"], None),
        (["3/3/2026", "4/2/2026"], datetime(2026, 3, 3)),
    ],
)
def test_all_rows_together_tell_day_from_month(texts: list[str], read: datetime | None) -> None:
    assert date_reader(texts).read(texts[0]) == read


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "14", "2026", "20260314", "2026-13-14", "31/02/2026", "3/14/2026 25:00", "14 Foo 2026"),
        *("3/14/2026 13:05 pm", "12345", "99999", "3-14/2026", "2026-W11-6", "٣/١٤/٢٠٢٦ x", "14/3/202", "0.5"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert date_reader([text]).read(text) is None


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), min_size=1), st.sampled_from("/.-"))
def test_a_column_is_never_read_with_day_and_month_exchanged(moments: list[datetime], sign: str) -> None:
    texts = [f"{moment:%d}{sign}{moment:%m}{sign}{moment:%Y} {moment:%H:%M}" for moment in moments]
    reader = date_reader(texts)
    for moment, text in zip(moments, texts, strict=True):
        assert reader.read(text) in (None, moment.replace(second=0, microsecond=0))


@given(st.text(max_size=40))
def test_any_text_is_read_or_not_but_never_fails(text: str) -> None:
    date_reader([text, "1/2/2026"]).read(text)
