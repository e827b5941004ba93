"""The pages with numbers: who sees what, with nothing on record and with a small community."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.charts.changes import Verdict
from coachroom.demo.community import DemoCommunity
from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import Interval, Segment, SegmentBy
from coachroom.metrics.run import Frames, run
from coachroom.people.demo import seed_demo_people
from coachroom.ui.dashboard import cards, view
from coachroom.ui.dashboard.view import view_of
from tests.charts.community import CARLA, NOW, OTHER, add_community, names
from tests.services import OIDC, HandClock, opened, store_of, writer_of
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, ROOT, alone, claims, see, titles, words

# What stands under "More" on the pages that have it.
MORE = dict.fromkeys(("all_numbers", "more_returns", "more_quality", "more_effects"), "true")
NUMBERS = ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness")
ALL = (*NUMBERS, "Explore", "Clients")
MAY = {
    ANA: (),
    COACH: (*NUMBERS, "Clients"),
    ANALYST: (*NUMBERS, "Explore"),
    ADMIN: ALL,
}
DRAWN = ("vega_lite_chart", "altair_chart", "dataframe")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Services]]:
    """Opened once: no test here writes."""
    folder = tmp_path_factory.mktemp("dashboards")
    with (
        opened(folder / "empty", HandClock(NOW), **OIDC) as empty,
        opened(folder / "small", HandClock(NOW), **OIDC) as small,
    ):
        for services in (empty, small):
            seed_demo_people(writer_of(services), NOW)
        add_community(small)
        yield {"empty": empty, "small": small}


@pytest.fixture
def small(places: dict[str, Services]) -> Services:
    current.install(places["small"])
    return places["small"]


def numbers_of(services: Services) -> Frames:
    """Where pages have them from: the percentiles of PostgreSQL itself differ in the last digit."""
    return services.mirror or store_of(services)


def opened_page(app: AppTest, page: str, *, more: bool = True, **query: str | list[str]) -> AppTest:
    """The page at this address, with all that stands under "More"."""
    app.switch_page(f"pages/{page}.py")
    app.query_params.clear()
    app.query_params.update({**(MORE if more else {}), **query})
    app.run()
    assert not app.exception, (page, app.exception)
    return app


def as_tables(app: AppTest) -> AppTest:
    """Every panel shows its table."""
    for metric in DEFINITIONS:
        for key in (f"{metric.id}_as", f"{metric.id}_scores_as"):
            app.session_state[key] = "Table"
    return app.run()


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [each.value for each in app.dataframe]


def everything(app: AppTest) -> str:
    """All that can be read on a page: text, tables, text alternatives, the options of its filters."""
    parts = [words(app), *(frame.to_csv() for frame in tables(app))]
    parts += [str(each.proto) for kind in ("vega_lite_chart", "page_link", "popover") for each in app.get(kind)]
    parts += [option for box in app.selectbox for option in box.options]
    return "\n".join(parts)


@pytest.mark.parametrize("who", [COACH, ANALYST, ADMIN])
@pytest.mark.parametrize("place", ["empty", "small"])
def test_every_page_opens_for_those_who_may(places: dict[str, Services], place: str, who: str) -> None:
    current.install(places[place])
    app = see(who)
    for page in MAY[who]:
        opened_page(app, page)
        assert titles(app)[0] in {page, "Your clients"}
        charts = app.get("vega_lite_chart")
        assert all(chart.proto.alt.endswith(".") for chart in charts)
        if place == "empty":
            assert not charts
            assert page == "Clients" or "Nothing here yet" in words(app)
        elif page != "Clients":
            assert charts


@pytest.mark.parametrize("who", [ANA, COACH, ANALYST])
def test_nobody_else_is_let_in(small: Services, who: str) -> None:
    for page in set(ALL) - set(MAY[who]):
        app = alone(f"{page}.py", claims(who))
        assert titles(app) == ["This page is not for your role"]
        assert not app.dataframe


def test_a_coach_sees_their_own_clients_and_nobody_elses(small: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    seen = everything(app)
    assert {name for name in names() if name in seen} == set(names()[:30])
    everybody = everything(opened_page(see(ADMIN), "Clients"))
    assert all(name in everybody for name in names())


@pytest.mark.parametrize("client", ["client-35", "client-99", "", "demo-ana' OR 1=1 --"])
def test_another_coachs_client_answers_as_if_there_were_none(small: Services, client: str) -> None:
    app = opened_page(see(COACH), "Clients", client=client)
    assert titles(app) == ["This client is not here" if client else "Your clients"]
    assert not client or not app.dataframe
    assert names()[35] not in everything(app)


def test_a_coach_finds_one_of_their_clients(small: Services) -> None:
    app = opened_page(see(COACH), "Clients", find="zz07")
    assert list(app.dataframe[0].value["client"]) == ["Zz07 Quill"]
    assert not opened_page(see(COACH), "Clients", find="zz35").dataframe
    one = opened_page(see(COACH), "Clients", client="client-07")
    assert titles(one) == ["Zz07 Quill"]
    assert len(one.get("vega_lite_chart")) >= 2
    (count,) = store_of(small).execute("SELECT count(*) FROM session_facts WHERE client_id = 'client-07'")[0]
    assert len(one.dataframe[0].value) == count


def test_a_coach_begins_with_their_own_clients_and_may_look_at_the_whole(small: Services) -> None:
    app = as_tables(opened_page(see(COACH), "Satisfaction"))
    mine = asked(small, "csat", weeks=12, segment=Segment(SegmentBy.COACH, CARLA))
    pd.testing.assert_frame_equal(table_like(app, mine), mine, check_exact=True)
    app = as_tables(opened_page(see(COACH), "Satisfaction", who="Whole community"))
    whole = asked(small, "csat", weeks=12)
    pd.testing.assert_frame_equal(table_like(app, whole), whole, check_exact=True)


def test_no_page_of_an_analyst_names_anybody(small: Services) -> None:
    app = see(ANALYST)
    hidden = [*names(), "Carla", "Otto", CARLA, OTHER, "client-0", "members.example"]
    for page in (None, *MAY[ANALYST]):
        seen = everything(as_tables(opened_page(app, page)) if page else app)
        assert [name for name in hidden if name in seen] == [], page


@pytest.mark.parametrize("page", NUMBERS)
def test_tables_hold_what_the_metric_gives_and_nothing_about_few(small: Services, page: str) -> None:
    app = as_tables(opened_page(see(ANALYST), page, range="All"))
    shown = tables(app)
    assert shown
    known = {metric.id: run(numbers_of(small), metric.id, as_of=NOW, suppress=True) for metric in DEFINITIONS}
    for frame in shown:
        same = [metric_id for metric_id, expected in known.items() if frame.equals(expected)]
        assert same, frame


def test_the_tables_of_all_metrics_equal_run_to_the_last_digit(small: Services) -> None:
    app = opened_page(see(ADMIN), "Explore", range="All", by="month")
    for metric in DEFINITIONS:
        app.session_state["metric"] = metric.title
        app.run()
        if f"{metric.id}_as" in app.session_state:
            as_tables(app)
            expected = run(numbers_of(small), metric.id, as_of=NOW, interval=Interval.MONTH)
            pd.testing.assert_frame_equal(app.dataframe[0].value, expected, check_exact=True)
        else:
            assert "Nothing here yet" in words(app)


def test_the_address_sets_the_filters(small: Services) -> None:
    query = {"range": "26 weeks", "by": "month", "who": "Tier Premium"}
    app = as_tables(opened_page(see(ADMIN), "Satisfaction", **query))
    assert [box.value for box in app.selectbox] == list(query.values())
    # The month in which the week of 26 weeks ago began.
    expected = run(
        numbers_of(small), "csat", as_of=NOW, start=pd.Timestamp("2025-10-01").to_pydatetime(),
        interval=Interval.MONTH, segment=Segment(SegmentBy.TIER, "Premium"),
    )  # fmt: skip
    pd.testing.assert_frame_equal(table_like(app, expected), expected, check_exact=True)


@pytest.mark.parametrize("query", [{"range": "a year"}, {"by": "hour"}, {"who": "Zz07 Quill"}, {"who": "My clients"}])
def test_an_address_that_makes_no_sense_shows_the_usual(small: Services, query: dict[str, str]) -> None:
    app = opened_page(see(ADMIN), "Overview", **query)
    assert [box.value for box in app.selectbox] == ["12 weeks", "week", "Whole community"]


def test_dates_in_the_address_bound_the_sessions(small: Services) -> None:
    app = opened_page(see(ADMIN), "Satisfaction", range="Dates", dates=["2026-03-02", "2026-03-29"])
    as_tables(app)
    expected = run(
        numbers_of(small), "csat", as_of=NOW, start=pd.Timestamp("2026-03-02").to_pydatetime(),
        end=pd.Timestamp("2026-03-30").to_pydatetime(),
    )  # fmt: skip
    pd.testing.assert_frame_equal(table_like(app, expected), expected, check_exact=True)


def test_parts_of_the_community_can_be_compared(small: Services) -> None:
    app = opened_page(see(ANALYST), "Explore", metric="Satisfied clients", compare="tier")
    (chart,) = app.get("vega_lite_chart")
    assert "Tier Premium" in chart.proto.alt
    # Two guests are too few to be told about.
    assert "Tier Guest nothing to show" in chart.proto.alt
    monthly = "One point a month, not a week: parts of the community are shown by the month."
    assert monthly in words(app)
    assert monthly not in words(opened_page(see(ADMIN), "Explore", metric="Satisfied clients", compare="tier"))
    daily = opened_page(see(ANALYST), "Explore", metric="Active clients", compare="tier")
    assert "One point a" not in words(daily)


def test_cards_say_more_than_a_colour(small: Services) -> None:
    app = opened_page(see(ADMIN), "Overview")
    said = str([each.proto for each in app.get("badge")]) + words(app)
    assert "within chance" in said
    assert "in the last full week" in words(app)
    # First come those that changed by more than chance, then all.
    shown = app.metric[-8:]
    assert [metric.label for metric in shown][:3] == ["Active clients", "New clients", "Valid sessions"]
    lifecycle = run(numbers_of(small), "lifecycle", as_of=NOW)
    last_full = lifecycle[lifecycle["interval_start"] == "2026-04-20"].iloc[0]
    assert shown[0].value == str(last_full["active"])


def test_the_overview_is_one_sentence_until_the_rest_is_asked_for(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: Any, **__: Any) -> None:
        raise AssertionError("a picture was drawn that nobody asked for")

    with monkeypatch.context() as patched:
        patched.setattr("coachroom.ui.dashboard.figures.catalogue.chart", draw)
        app = opened_page(see(ADMIN), "Overview", more=False)
    assert "chance in the last full week" in words(app)
    assert not app.get("vega_lite_chart")
    assert all("larger than chance" in str(badge.proto) for badge in app.get("badge"))
    app.toggle(key="all_numbers").set_value(True).run()
    assert len(app.get("vega_lite_chart")) == 4


def test_a_number_that_changed_is_shown_alone_and_again_among_all(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_larger(*given: Any) -> list[Any]:
        first, *rest = cards.changes(*given)
        return [(first[0], dataclasses.replace(first[1], verdict=Verdict.LARGER)), *rest]

    monkeypatch.setattr("coachroom.ui.dashboard.pages.changes", one_larger)
    app = opened_page(see(ADMIN), "Overview", more=False)
    assert "Larger than chance in the last full week" in words(app)
    assert [metric.label for metric in app.metric] == ["Active clients"]
    app.toggle(key="all_numbers").set_value(True).run()
    assert not app.exception
    assert [metric.label for metric in app.metric][:3] == ["Active clients", "Active clients", "New clients"]


def test_what_is_rarely_asked_for_stands_under_more(small: Services) -> None:
    for page, key, rest in (
        ("Engagement", "more_returns", 4),
        ("Quality", "more_quality", 8),
        ("Effectiveness", "more_effects", 3),
    ):
        app = opened_page(see(ADMIN), page, more=False)
        shown = len(app.header)
        app.toggle(key=key).set_value(True).run()
        assert not app.exception
        assert len(app.header) == shown + rest


def test_numbers_of_appointments_show_only_where_these_are_on(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "off", HandClock(NOW), **OIDC) as off,
        opened(tmp_path / "on", HandClock(NOW), appointments=True, **OIDC) as on,
    ):
        for services in (off, on):
            seed_demo_people(writer_of(services), NOW)
            add_community(services)
        current.install(off)
        assert "more_appointments" not in [toggle.key for toggle in see(ADMIN, "Engagement.py").toggle]
        current.install(on)
        app = opened_page(see(ADMIN), "Engagement", more_appointments="true")
        assert {"Appointments", "Sessions with a next date"} <= {header.value for header in app.header}
        said = words(app)
        assert "After a session came back within 14 days" in said
        assert "This is no experiment: who makes an appointment" in said


def test_who_stays_is_looked_at_by_month_of_joining_and_source_by_those_who_see_everything(small: Services) -> None:
    app = opened_page(see(ADMIN), "Engagement", members_of="from a Skool export")
    assert "From the first day on, whatever range is chosen." in words(app)
    box = app.selectbox(key="members_of")
    assert box.value == "from a Skool export"
    assert {"all of them", "joined 2026-04"} <= set(box.options)
    expected = run(numbers_of(small), "membership_survival", as_of=NOW, segment=Segment(SegmentBy.SOURCE, "skool"))
    pd.testing.assert_frame_equal(table_like(as_tables(app), expected), expected, check_exact=True)
    assert "members_of" not in [box.key for box in opened_page(see(ANALYST), "Engagement").selectbox]


def test_who_stays_is_not_told_by_what_came_after_joining(small: Services) -> None:
    app = opened_page(see(ADMIN), "Engagement", who="Cohort 2026-04")
    assert "Not shown by cohort: who is in it had a session" in words(app)


def test_demo_data_is_marked(small: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = "Demo data: invented people"
    assert mark not in everything_with_badges(opened_page(see(ADMIN), "Overview"))
    monkeypatch.setattr(DemoCommunity, "exists", lambda _: True)
    for page in MAY[ADMIN]:
        assert mark in everything_with_badges(opened_page(see(ADMIN), page)), page


def test_each_home_answers_its_question(small: Services) -> None:
    coach, analyst, admin = (see(who) for who in (COACH, ANALYST, ADMIN))
    assert titles(coach) == ["Who needs you this week?"]
    assert "Ask what was missing." in words(coach)
    assert titles(analyst) == ["What can I take away, and as of when?"]
    # Today is not over: what has come since midnight would show by tomorrow.
    assert "as of 1 May 2026, 00:00 UTC" in words(analyst)
    assert titles(admin) == ["Is everything in order?"]
    assert "sessions in the last 7 days failed" in words(admin)


def test_every_chart_has_a_text_alternative() -> None:
    silent = []
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "coachroom" / "ui").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in DRAWN:
                given = {keyword.arg for keyword in call.keywords}
                if "alt" not in given:
                    silent.append(f"{path.name}:{call.lineno}")
    assert silent == []


def asked(services: Services, metric_id: str, *, weeks: int, segment: Segment | None = None) -> pd.DataFrame:
    """What the page asks for when nothing but the range is chosen. NOW is the Friday of the week of 27 April."""
    start = pd.Timestamp("2026-04-27") - pd.Timedelta(weeks=weeks)
    return run(numbers_of(services), metric_id, as_of=NOW, start=start.to_pydatetime(), segment=segment)


def table_like(app: AppTest, expected: pd.DataFrame) -> pd.DataFrame:
    return next(frame for frame in tables(app) if list(frame.columns) == list(expected.columns))


def everything_with_badges(app: AppTest) -> str:
    return words(app) + str([str(each.proto) for each in app.get("badge")])


def test_with_many_rows_numbers_are_cached_for_ten_minutes(small: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    person = small.people.find(ADMIN)
    assert person is not None
    clock = HandClock(NOW + timedelta(minutes=17, seconds=5))
    later = dataclasses.replace(small, clock=clock)
    if small.mirror is not None:
        monkeypatch.setattr(small.mirror, "_clock", clock)
        small.mirror.refresh()
    exact = view_of(person, later)
    assert exact.as_of == NOW + timedelta(minutes=17)
    monkeypatch.setattr(view, "MANY_SESSIONS", 10)
    coarse = view_of(person, later)
    assert coarse.as_of == NOW + timedelta(minutes=10)
    assert coarse.version != exact.version
    small.copies.drop()
    after = view_of(person, dataclasses.replace(small, clock=HandClock(NOW + timedelta(minutes=17, seconds=9))))
    assert after.as_of == coarse.as_of
    assert after.version != coarse.version, "what was deleted goes at once"


@pytest.mark.parametrize(
    ("zone", "interval", "opens", "full"),
    [
        ("UTC", Interval.WEEK, date(2026, 4, 27), date(2026, 4, 20)),
        ("UTC", Interval.MONTH, date(2026, 5, 1), date(2026, 4, 1)),
        ("UTC", Interval.DAY, date(2026, 5, 1), date(2026, 4, 30)),
        # There it is 2 May already.
        ("Pacific/Kiritimati", Interval.DAY, date(2026, 5, 2), date(2026, 5, 1)),
    ],
)
def test_intervals_are_those_of_the_reporting_time_zone(
    small: Services, zone: str, interval: Interval, opens: date, full: date
) -> None:
    person = small.people.find(ADMIN)
    assert person is not None
    seen = dataclasses.replace(view_of(person, small, interval), timezone=zone)
    assert (seen.open_from, seen.latest_full) == (opens, full)


def test_an_analyst_reads_why_numbers_are_hidden(small: Services) -> None:
    app = opened_page(see(ANALYST), "Explore", metric="Satisfied clients", who="Tier Guest")
    assert "parts of the community are shown by the month" in words(app)
    assert "Hidden, because fewer than 5 people could be told apart." in words(app)
    app = opened_page(see(ANALYST), "Explore", metric="Lifecycle", who="Tier Premium")
    assert "Shown for the whole community only: in a part of it fewer than 5 people could be told apart." in words(
        app
    )
    app = opened_page(see(ANALYST), "Overview", who="Tier Guest")
    assert "hidden, because fewer than 5 people could be told apart" in words(app)


def test_an_analyst_reads_where_numbers_are_rounded_and_others_nothing_of_it(small: Services) -> None:
    for title, rounded in {"Satisfied clients": True, "Active clients": False}.items():
        page = words(opened_page(see(ANALYST), "Explore", metric=title))
        assert "means, medians and shares are rounded" in page
        assert ("For analysts means, medians and shares are rounded" in page) is rounded
    assert "are rounded" not in words(opened_page(see(ADMIN), "Explore", metric="Satisfied clients"))


def test_a_table_says_what_is_hidden_from_an_analyst(small: Services) -> None:
    """A week without pauses has no median of them, and that is not hidden."""
    for title, word in {"Interruptions": "hidden", "Pauses": "hidden or none"}.items():
        for who, said in {ANALYST: word, ADMIN: ""}.items():
            (table,) = as_tables(opened_page(see(who), "Explore", metric=title, range="All")).dataframe
            assert table.proto.placeholder == said


def test_a_part_of_the_community_is_by_the_month_for_an_analyst_and_as_asked_for_others(small: Services) -> None:
    query = {"metric": "Session duration", "who": "Tier Premium", "by": "week", "range": "All"}
    parts = {"suppress": True, "segment": Segment(SegmentBy.TIER, "Premium")}
    months = run(numbers_of(small), "session_duration", as_of=NOW, interval=Interval.MONTH, **parts)
    shown = as_tables(opened_page(see(ANALYST), "Explore", **query)).dataframe[0].value
    pd.testing.assert_frame_equal(shown, months, check_exact=True)
    weeks = run(numbers_of(small), "session_duration", as_of=NOW, segment=parts["segment"])
    shown = as_tables(opened_page(see(ADMIN), "Explore", **query)).dataframe[0].value
    pd.testing.assert_frame_equal(shown, weeks, check_exact=True)


def test_an_analyst_is_told_roughly_how_much_there_is(small: Services) -> None:
    (inventory,) = tables(see(ANALYST))
    assert list(inventory["rows"]) == ["more than 200", "up to 100", "more than 100", "up to 100", "more than 100"]


@pytest.mark.parametrize("page", ["Satisfaction", "Effectiveness"])
def test_a_metric_that_nothing_can_fill_says_so_on_its_card(tmp_path: Path, page: str) -> None:
    with opened(tmp_path, HandClock(NOW), session_questions=False, agent_provider="elevenlabs", **OIDC) as services:
        seed_demo_people(writer_of(services), NOW)
        current.install(services)
        text = words(opened_page(see(COACH), page))
    assert "clients are not asked here, as COACHROOM_SESSION_QUESTIONS is off" in text
    assert "The chart appears when clients have answered the check-in" not in text
