"""Random small communities and parameters, with a taste for edges: midnights, clock changes, equal moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from coachroom.metrics.parameters import Interval, Parameters, RetentionKind
from tests.metrics.community import (
    Action,
    Agreed,
    ApproachRow,
    AskRow,
    Community,
    ComparisonRow,
    DrawRow,
    Goal,
    Invitation,
    JoinRow,
    PauseRow,
    Review,
    SessionRow,
    TrialEnd,
    Turn,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
CLIENTS = "abcdef"
# Around the clock changes of March 2026 (New York 8th, Berlin 29th), a leap day and a turn of the year.
DAYS = [datetime(2024, 2, 28), datetime(2025, 12, 29), datetime(2026, 3, 6), datetime(2026, 3, 27)]
SECONDS = [0, 59, 59.999, 60, 60.5, 600, 7200]

moments = st.builds(
    lambda day, offset, minutes, odd: day + timedelta(days=offset, minutes=minutes, milliseconds=odd),
    st.sampled_from(DAYS),
    st.integers(0, 5) | st.integers(0, 100),
    st.sampled_from([0, 60, 330, 1110, 1200, 1380, 1410, 1439]) | st.integers(0, 1439),
    st.sampled_from([0, 0, 0, 1, 59_999]),
)
texts = st.sampled_from(["", "  ", "one", "two words", " three  \n words\there ", "a b c d"])
turns = st.lists(
    st.builds(
        Turn,
        st.sampled_from(["client", "agent", "client", "agent", "system", "coach"]),
        texts,
        st.booleans(),
        *[st.none() | st.integers(0, 4000)] * 4,
    ),
    max_size=4,
).map(tuple)


breaks = st.none() | st.builds(
    lambda seconds, gave_up: (*seconds, None) if gave_up else tuple(seconds),
    st.lists(st.sampled_from([0.5, 3, 40]), max_size=2),
    st.booleans(),
)


joins = st.lists(
    st.builds(
        JoinRow,
        st.none() | st.sampled_from([0.5, 45, 10_000]),
        st.lists(st.sampled_from(["hint", "hold", "take_over", "both", "hush"]), max_size=4).map(tuple),
        st.booleans(),
    ),
    max_size=2,
).map(tuple)


approaches = st.builds(
    ApproachRow,
    st.sampled_from([None, None, "direct", "gentle"]),
    st.sampled_from([None, "short", "exploring"]),
    st.sampled_from([None, "check_back", "goal", "open"]),
    st.sampled_from([None, "client", "coach"]),
    st.none() | st.sampled_from([0.0, 0.25, 1.0]),
    st.none() | st.booleans(),
)


@st.composite
def asks(draw: st.DrawFn) -> AskRow:
    asked = draw(moments)
    answered = draw(st.none() | moments.map(lambda at: max(at, asked)))
    return AskRow(draw(st.sampled_from(CLIENTS)), asked, answered, draw(st.booleans()) if answered else None)


trial_ends = st.builds(TrialEnd, st.sampled_from(CLIENTS), moments, st.booleans())


@st.composite
def comparisons(draw: st.DrawFn) -> ComparisonRow:
    """At any point between its start and the decision."""
    started, ended, decided = sorted(draw(st.lists(moments, min_size=3, max_size=3)))
    reached = draw(st.integers(0, 2))
    stopped = reached > 0 and draw(st.booleans())
    return ComparisonRow("", started, 100, ended if reached else None, stopped, decided if reached == 2 else None)


# Most draws before all sessions, so that many of these count.
draws = st.builds(
    DrawRow,
    st.sampled_from(["k0", "k1"]),
    st.sampled_from(CLIENTS),
    st.booleans(),
    st.sampled_from([DAYS[0], DAYS[0], None]).flatmap(lambda day: moments if day is None else st.just(day)),
    st.sampled_from([False, False, True]),
)


@st.composite
def sessions(draw: st.DrawFn) -> SessionRow:
    start = draw(moments)
    status = draw(st.sampled_from(["completed", "completed", "completed", "abandoned", "failed", "active"]))
    talk = draw(turns)
    if draw(st.integers(0, 3)):
        talk = (*talk, Turn("client", "hello"))
    answered = draw(st.booleans())
    lasted = draw(st.sampled_from(SECONDS))
    paused = draw(st.lists(st.builds(PauseRow, st.just(lasted / 4), st.booleans()), max_size=2))
    session = SessionRow(
        id="",
        client=draw(st.sampled_from(CLIENTS)),
        start=start,
        end=None if status == "active" else start + timedelta(seconds=lasted),
        status=status,
        reason=draw(st.sampled_from([None, "left", "agent_unreachable"])),
        turns=talk,
        silences=tuple(draw(st.lists(st.sampled_from(["client", "agent", "nobody"]), max_size=3))),
        breaks=draw(breaks),
        rating=draw(st.none() | st.integers(1, 5)) if answered else None,
        nps=draw(st.none() | st.integers(0, 10)) if answered else None,
        check_in=draw(st.none() | st.tuples(*[st.sampled_from([0, 5, 9, 10])] * 4)) if answered else None,
        evaluation=draw(st.sampled_from([None, "success", "failure", "unknown"])) if answered else None,
        before=draw(st.none() | st.integers(0, 10)) if answered else None,
        after=draw(st.none() | st.integers(0, 10)) if answered else None,
        pauses=tuple(paused),
        steps=draw(st.sampled_from([0, 0, 1, 4])),
        joins=draw(st.just(()) | joins),
        approach=draw(st.none() | approaches),
        fits=draw(st.none() | st.sampled_from([0, 5, 6, 10])) if answered else None,
    )
    return draw(st.sampled_from([session, session, session, off_record(session)]))


def off_record(session: SessionRow) -> SessionRow:
    """What is left of the session off the record: its times."""
    times = (session.id, session.client, session.start, session.end, session.status, session.reason)
    return SessionRow(*times, pauses=session.pauses, off_record=True)


@st.composite
def actions(draw: st.DrawFn) -> Action:
    status = draw(st.sampled_from(["open", "done", "done", "dropped"]))
    due = draw(st.none() | moments)
    done = draw(moments | st.just(due or DAYS[0])) if status == "done" else None
    soon = moments if due is None else moments | st.sampled_from([due, due + timedelta(hours=48), due + timedelta(3)])
    answered = None if status == "open" else draw(st.none() | soon)
    return Action("", draw(st.sampled_from(CLIENTS)), status, due, done, answered)


@st.composite
def appointments(draw: st.DrawFn, sessions: Sequence[SessionRow]) -> Agreed:
    """Made, changed and begun at any time, and at the edges of a client's sessions."""
    session = draw(st.none() | st.sampled_from(sessions)) if sessions else None
    edge = (session.end or session.start) if session else draw(moments)
    client = session.client if session else draw(st.sampled_from(CLIENTS))
    hours = st.sampled_from([-30, -1, 0, 1, 23.99, 24, 24.01, 72, 400])
    made, begins, changed = (edge + timedelta(hours=draw(hours)) for _ in range(3))
    status = draw(st.sampled_from(["booked", "cancelled", "kept", "missed"]))
    missed_by = draw(st.sampled_from(["client", "coach", "both"])) if status == "missed" else None
    return Agreed("", client, "both", made, begins, status, draw(st.integers(0, 2)), changed, missed_by)


@st.composite
def invitations(draw: st.DrawFn) -> tuple[Invitation, ...]:
    """Entries of the roster, each of another client or of nobody yet."""
    clients = draw(st.lists(st.sampled_from(CLIENTS), unique=True, max_size=len(CLIENTS)))
    known = [Invitation(draw(moments), client, draw(st.none() | moments), draw(st.booleans())) for client in clients]
    strangers = [Invitation(at) for at in draw(st.lists(moments, max_size=3))]
    return tuple(_joined(draw, each) for each in (*known, *strangers))


def _joined(draw: st.DrawFn, invitation: Invitation) -> Invitation:
    """Around the edges: known on the 30th day or an hour later, left on it or just before."""
    early = draw(st.none() | st.sampled_from([0, 1, 30, 30.05, 90]))
    joined = None if early is None else invitation.at_time - timedelta(days=early)
    stayed = draw(st.none() | st.sampled_from([3, 29.99, 30, 31, 59.99, 60, 100]))
    left = None if stayed is None else (joined or invitation.at_time) + timedelta(days=stayed)
    return replace(invitation, joined=joined, left=left)


@st.composite
def communities(draw: st.DrawFn) -> Community:
    goals = tuple(
        Goal(f"g{n}", draw(st.sampled_from(CLIENTS)), draw(st.sampled_from([0, 1, 1, 2, 2.5, 6])))
        for n in range(draw(st.integers(0, 5)))
    )
    reviews = st.builds(Review, st.sampled_from([g.id for g in goals] or ["none"]), st.integers(-2, 2), moments)
    talks = tuple(replace(session, id=f"v{n}") for n, session in enumerate(draw(st.lists(sessions(), max_size=20))))
    return Community(
        sessions=talks,
        goals=goals,
        reviews=tuple(draw(st.lists(reviews, max_size=12))) if goals else (),
        actions=tuple(replace(each, id=f"x{n}") for n, each in enumerate(draw(st.lists(actions(), max_size=6)))),
        appointments=tuple(
            replace(each, id=f"p{n}") for n, each in enumerate(draw(st.lists(appointments(talks), max_size=8)))
        ),
        invitations=draw(invitations()),
        asks=tuple(draw(st.lists(asks(), max_size=6))),
        trial_ends=tuple(draw(st.lists(trial_ends, max_size=4))),
        comparisons=tuple(
            replace(each, id=f"k{n}") for n, each in enumerate(draw(st.lists(comparisons(), min_size=2, max_size=2)))
        ),
        draws=tuple(draw(st.lists(draws, max_size=12, unique_by=lambda each: (each.comparison, each.client)))),
    )


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    # Most of the time everything has happened; else the data is cut in its middle, or at its very edge.
    as_of = draw(st.just(datetime(2026, 7, 1)) | moments)
    start = draw(st.none() | moments)
    end = draw(st.none() | moments)
    if start is not None and end is not None and end < start:
        start, end = end, start
    return Parameters(
        as_of=as_of,
        start=start,
        end=end,
        interval=draw(st.sampled_from(list(Interval))),
        kind=draw(st.sampled_from(list(RetentionKind))),
        timezone=draw(st.sampled_from(ZONES)),
    )
