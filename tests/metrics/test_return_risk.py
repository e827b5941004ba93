"""The estimate of who comes back: counted by hand, blind to what came later, silent where it should be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from coachroom.demo import community as demo
from coachroom.metrics.return_risk import (
    BANDS,
    MAX_DAYS,
    MIN_CLIENTS,
    MIN_TIMES,
    Cell,
    ClientState,
    Counts,
    Estimate,
    ReturnForecast,
    ReturnModel,
    build_model,
    cell_of,
    chances,
    client_states,
    monday,
    return_forecasts,
    return_model,
    wilson,
)
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store
from coachroom.store.writer import Writer
from tests.metrics.community import Community, SessionRow, Turn, write
from tests.metrics.strategies import communities

AS_OF = datetime(2026, 3, 30)
HELLO = (Turn("client", "hello"),)
A_FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def row(client: str, start: datetime, seconds: float = 600, status: str = "completed") -> SessionRow:
    return SessionRow(f"{client} {start}", client, start, start + timedelta(seconds=seconds), status, turns=HELLO)


def dozen() -> Community:
    """Twelve clients of three sorts. The Mondays are 9, 16 and 23 February (older), 9 and 16 March (later)."""
    early = [datetime(2026, 2, day, 10) for day in (2, 12, 20)]
    rare = [datetime(2026, 2, 3, 10), datetime(2026, 3, 12, 10)]
    # At midnight between Sunday and Monday; the last of them starts at as_of itself.
    edge = [datetime(2026, 2, 16), datetime(2026, 3, 2), datetime(2026, 3, 30)]
    rows = [row(f"a{n}", start) for n in range(5) for start in early]
    rows += [row(f"b{n}", start) for n in range(4) for start in rare]
    rows += [row(f"c{n}", start) for n in range(3) for start in edge]
    # No returns: too short, failed, and nobody said a word.
    rows += [row("a0", datetime(2026, 2, 25), seconds=59.9), row("b0", datetime(2026, 2, 17), status="failed")]
    rows.append(replace(row("c0", datetime(2026, 3, 11)), turns=()))
    return Community(sessions=tuple(rows))


OLDER = {
    # 9 Feb: a since 2 Feb came back on the 12th, b since the 3rd did not.
    Cell(3, 1): Counts(9, 5, 9),
    # 16 Feb: a since the 12th came back on the 20th · 23 Feb: a since the 20th did not.
    Cell(3, 2): Counts(5, 5, 5),
    Cell(0, 2): Counts(5, 0, 5),
    # 16 Feb: b since the 3rd, no · 23 Feb: c for exactly seven days, back on 2 March.
    Cell(7, 1): Counts(7, 3, 7),
    Cell(14, 1): Counts(4, 0, 4),
}
LATER = {
    # 9 March: a since 20 Feb · 16 March: c for exactly 14 days; the return at as_of is one day too late, and unknown.
    Cell(14, 2): Counts(8, 0, 8),
    Cell(21, 2): Counts(5, 0, 5),
    # 9 March: b since 3 Feb came back on the 12th · 16 March: b since the 12th did not.
    Cell(28, 1): Counts(4, 4, 4),
    Cell(3, 2): Counts(4, 0, 4),
    Cell(7, 2): Counts(3, 0, 3),
}


def model_of(store: Store, as_of: datetime = AS_OF) -> ReturnModel:
    return return_model(store, as_of, min_valid_seconds=60)


def test_a_dozen_clients_counted_by_hand(store: Store) -> None:
    write(store, dozen())
    model = model_of(store)
    assert model.places == OLDER
    assert (model.older, model.later) == (Counts(30, 13, 12), Counts(24, 4, 12))
    # Everybody: 13 of 30. With 3 to 6 days: 10 of 14 and 20 more of those; the place adds 20 of these.
    row = (10 + 20 * 13 / 30) / 34
    assert model.chances[Cell(3, 1)] == pytest.approx((5 + 20 * row) / 29)
    assert model.chances[Cell(3, 2)] == pytest.approx((5 + 20 * row) / 25)
    assert model.chances[Cell(28, 1)] == pytest.approx(13 / 30)
    squares = sum(
        tally.returned * (1 - model.chances[place]) ** 2 + (tally.times - tally.returned) * model.chances[place] ** 2
        for place, tally in LATER.items()
    )
    assert model.brier == pytest.approx(squares / 24)
    assert model.base_brier == pytest.approx((4 * (17 / 30) ** 2 + 20 * (13 / 30) ** 2) / 24)
    assert sum(band.tally.times for band in model.bands) == 24


def test_the_sentence_about_too_little_data_names_how_much_there_is(store: Store) -> None:
    write(store, dozen())
    model = model_of(store)
    assert model.silent is not None
    assert f"{MIN_CLIENTS} clients seen {MIN_TIMES} times" in model.silent
    assert "so far there are 12 clients seen 30 times" in model.silent
    assert model.estimate(timedelta(days=4), 1) is None
    assert return_forecasts(store, model, ["a0"], AS_OF, min_valid_seconds=60) == {}


def test_nobody_at_all_is_no_reason_to_fail(store: Store) -> None:
    write(store, Community())
    assert model_of(store).silent
    assert client_states(store, ["a0"], AS_OF, min_valid_seconds=60) == {}


def test_what_came_later_changes_nothing(store: Store) -> None:
    write(store, dozen())
    before, stood = model_of(store), client_states(store, ["a0", "c0"], AS_OF, min_valid_seconds=60)
    later = tuple(row(client, AS_OF + timedelta(days=n)) for client in ("a0", "b0", "new") for n in (0, 1, 9))
    write(store, replace(dozen(), sessions=dozen().sessions + later))
    assert model_of(store) == before
    assert client_states(store, ["a0", "c0"], AS_OF, min_valid_seconds=60) == stood


def test_a_model_is_kept_for_a_week(store: Store) -> None:
    write(store, dozen())
    assert model_of(store, AS_OF + timedelta(days=6, hours=23, minutes=59)) == model_of(store)
    assert model_of(store, AS_OF + timedelta(days=7)) != model_of(store)
    assert monday(datetime(2026, 4, 5, 23, 59)) == AS_OF == monday(AS_OF)


@A_FEW
@given(community=communities())
def test_a_client_changes_no_other_clients_state(store: Store, community: Community) -> None:
    as_of = datetime(2026, 3, 30)
    write(store, community)
    others = [client for client in community.clients if client != "a"]
    before = client_states(store, others, as_of, min_valid_seconds=60)
    write(store, replace(community, sessions=tuple(each for each in community.sessions if each.client != "a")))
    assert client_states(store, others, as_of, min_valid_seconds=60) == before


@A_FEW
@given(community=communities())
def test_the_order_of_rows_changes_nothing(store: Store, community: Community) -> None:
    write(store, community)
    before = model_of(store)
    write(store, replace(community, sessions=community.sessions[::-1]))
    assert repr(model_of(store)) == repr(before)


def test_a_clients_state_now_and_four_weeks_ago(store: Store) -> None:
    write(store, dozen())
    found = client_states(store, ["a0", "b0", "c0", "nobody"], AS_OF, min_valid_seconds=60)
    # Four weeks ago was 2 March, midnight.
    assert found["a0"] == ClientState(timedelta(days=37, hours=14), 3, timedelta(days=9, hours=14), 3, False)
    assert found["b0"] == ClientState(timedelta(days=17, hours=14), 2, timedelta(days=26, hours=14), 1, False)
    assert found["c0"] == ClientState(timedelta(days=28), 2, timedelta(days=14), 1, False)
    assert "nobody" not in found
    # Who began since then is compared with the first session.
    soon = client_states(store, ["c0"], datetime(2026, 3, 15), min_valid_seconds=60)
    assert soon["c0"] == ClientState(timedelta(days=13), 2, timedelta(0), 1, True)


def test_places_have_no_gaps() -> None:
    assert [cell_of(day, 1).days for day in (0, 2, 3, 13, 14, 83)] == [0, 0, 3, 7, 14, 56]
    assert [cell_of(0, count).sessions for count in (1, 2, 3, 4, 9, 10, 400)] == [1, 2, 2, 4, 4, 10, 10]
    assert (Cell(14, 2).until_days, Cell(56, 10).until_days) == (21, MAX_DAYS)
    assert (Cell(14, 2).until_sessions, Cell(56, 10).until_sessions) == (4, None)


def test_who_left_long_ago_is_not_guessed_at(community: Store) -> None:
    model = return_model(community, UNTIL, min_valid_seconds=60)
    assert model.estimate(timedelta(days=MAX_DAYS), 3) is None
    assert model.estimate(timedelta(days=MAX_DAYS - 1), 3) is not None


def test_an_estimate_that_predicts_nothing_is_not_shown() -> None:
    often, seldom = Cell(0, 1), Cell(28, 1)
    older = {often: Counts(400, 360, 100), seldom: Counts(400, 40, 100)}
    swapped = {often: older[seldom], seldom: older[often]}
    whole = Counts(800, 400, 200)
    assert build_model(older, older, whole, whole).silent is None
    assert "no better" in str(build_model(older, swapped, whole, whole).silent)


def test_small_groups_are_drawn_towards_larger_ones() -> None:
    found = chances({Cell(0, 1): Counts(1000, 900, 300), Cell(0, 10): Counts(1, 0, 1)})
    assert found[Cell(0, 1)] == pytest.approx(0.9, abs=0.002)
    assert 0.8 < found[Cell(0, 10)] < 0.9
    assert all(math.isnan(chance) for chance in chances({}).values())


def test_the_interval_is_wilsons() -> None:
    assert wilson(81 / 263, 263) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert all(math.isnan(edge) for edge in wilson(0.5, 0))


@pytest.mark.parametrize(
    ("now", "earlier", "drifts"), [(0.29, 0.6, True), (0.29, 0.38, False), (0.3, 0.9, False), (0.1, None, False)]
)
def test_drifting_is_low_and_falling(now: float, earlier: float | None, drifts: bool) -> None:
    def estimate(value: float) -> Estimate:
        return Estimate(value, 0.0, 1.0, Cell(0, 1), Counts())

    standing = ClientState(timedelta(0), 1, timedelta(0), 1, False)
    assert ReturnForecast(standing, estimate(now), None if earlier is None else estimate(earlier)).drifting is drifts


UNTIL = datetime(2026, 5, 1)


@pytest.fixture(scope="module")
def community() -> Iterator[Store]:
    """The demo community: clients who fade and leave."""
    store = DuckStore(None)
    migrate(store, UNTIL)
    writer = Writer(store)
    demo.generate(store, writer, demo.Community(300, 3000, 1, UNTIL), now=UNTIL)
    writer.close()
    yield store
    store.close()


def test_on_a_community_it_is_calibrated_and_better_than_one_share(community: Store) -> None:
    model = return_model(community, UNTIL, min_valid_seconds=60)
    assert model.silent is None
    assert model.brier < 0.75 * model.base_brier
    assert [band.start for band in model.bands] == list(BANDS[:-1])
    for band in model.bands:
        assert band.low - 0.1 < band.predicted < band.high + 0.1, band


def test_estimates_lie_in_their_intervals_and_fall_with_silence(community: Store) -> None:
    model = return_model(community, UNTIL, min_valid_seconds=60)
    found = [model.estimate(timedelta(days=days), 3) for days in (1, 10, 24, 60)]
    assert all(each is not None and each.low <= each.value <= each.high for each in found)
    values = [each.value for each in found if each is not None]
    assert values == sorted(values, reverse=True)
