"""The metrics in plain Python, slow and literal, written from their definitions and not from the SQL."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from coachroom.metrics.parameters import Interval, Parameters, RetentionKind
from tests.metrics.community import Agreed, Community, Invitation, JoinRow, SessionRow

Row = tuple[Any, ...]
Z = 1.959963984540054


@dataclass(frozen=True)
class World:
    """A community seen with a set of parameters."""

    community: Community
    p: Parameters

    # -- time

    def local(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.p.timezone)).replace(tzinfo=None)

    def day(self, moment: datetime) -> date:
        return self.local(moment).date()

    def interval(self, moment: datetime) -> date:
        return self.floor(self.day(moment))

    def floor(self, day: date) -> date:
        match self.p.interval:
            case Interval.DAY:
                return day
            case Interval.WEEK:
                return day - timedelta(days=day.weekday())
            case Interval.MONTH:
                return day.replace(day=1)

    def following(self, start: date) -> date:
        match self.p.interval:
            case Interval.DAY:
                return start + timedelta(days=1)
            case Interval.WEEK:
                return start + timedelta(days=7)
            case Interval.MONTH:
                return (start.replace(day=28) + timedelta(days=7)).replace(day=1)

    def intervals(self, first: date, before: datetime) -> list[date]:
        """The intervals from `first` on that have begun before the moment."""
        found = []
        while datetime.combine(first, datetime.min.time()) < self.local(before):
            found.append(first)
            first = self.following(first)
        return found

    @property
    def until(self) -> datetime:
        return min(self.p.as_of, self.p.end or self.p.as_of)

    def in_range(self, moment: datetime) -> bool:
        return self.p.start is None or moment >= self.p.start

    # -- sessions

    @property
    def ended(self) -> list[SessionRow]:
        sessions = [v for v in self.community.sessions if v.status in ("completed", "abandoned", "failed")]
        return sorted((v for v in sessions if v.start < self.until), key=lambda v: v.start)

    @property
    def chosen(self) -> list[SessionRow]:
        return [v for v in self.ended if self.in_range(v.start)]

    def is_valid(self, session: SessionRow) -> bool:
        return (
            session.status != "failed"
            and (turns(session, "client") >= 1 or session.off_record)
            and seconds(session) >= self.p.min_valid_seconds
        )

    @property
    def histories(self) -> dict[str, list[datetime]]:
        """Each client's valid sessions' starts in order."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for session in self.ended:
            if self.is_valid(session):
                found[session.client].append(session.start)
        return found

    def by_interval(self, sessions: Iterable[SessionRow]) -> list[tuple[date, list[SessionRow]]]:
        groups: dict[date, list[SessionRow]] = defaultdict(list)
        for session in sessions:
            groups[self.interval(session.start)].append(session)
        return sorted(groups.items())

    @property
    def valid(self) -> list[SessionRow]:
        return [v for v in self.chosen if self.is_valid(v)]


def seconds(session: SessionRow) -> float:
    assert session.end is not None
    return (session.end - session.start).total_seconds() - sum(pause.seconds for pause in session.pauses)


def in_writing(session: SessionRow) -> bool:
    return session.steps > 0 and turns(session, "client") == 0


def turns(session: SessionRow, sender: str) -> int:
    return sum(turn.sender == sender for turn in session.turns)


def words(session: SessionRow, sender: str) -> int:
    return sum(len(turn.text.split()) for turn in session.turns if turn.sender == sender)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def rate(k: int, n: int) -> Row:
    """value, low, high"""
    if n == 0:
        return (None, None, None)
    p = k / n
    centre = p + Z**2 / (2 * n)
    half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return (p, (centre - half) / (1 + Z**2 / n), (centre + half) / (1 + Z**2 / n))


# -- engagement


def session_duration(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.valid):
        lengths = [seconds(v) for v in sessions]
        total = math.fsum(lengths)
        rows.append(
            (start, len(lengths), percentile(lengths, 0.5), percentile(lengths, 0.9), total / len(lengths), total)
        )
    return rows


def session_outcomes(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.chosen):
        ways = Counter(v.status for v in sessions)
        bounced = sum(turns(v, "client") == 0 and not in_writing(v) and not v.off_record for v in sessions)
        valid = sum(world.is_valid(v) for v in sessions)
        rows.append((start, len(sessions), ways["completed"], ways["abandoned"], ways["failed"], bounced, valid))
    return rows


def written_sessions(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if in_writing(v)):
        whole = sum(v.steps == 4 for v in sessions)
        rows.append((start, whole, len(sessions), *rate(whole, len(sessions))))
    return rows


def joined(session: SessionRow) -> list[JoinRow]:
    return [join for join in session.joins if join.admitted]


def human_sessions(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.valid):
        joins = [(session, join) for session in sessions for join in joined(session)]
        acts = Counter(act for _, join in joins for act in join.acts)
        whole = [(v.end - v.start).total_seconds() for v, _ in joins if v.end]
        seconds = sum(min(join.linked or 0, most) for (_, join), most in zip(joins, whole, strict=True))
        there = sum(bool(joined(session)) for session in sessions)
        rows.append((start, len(sessions), there, acts["hint"], acts["hold"], acts["take_over"], seconds / 60))
    return rows


def human_comparison(world: World) -> list[Row]:
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for session in world.valid:
        human = "with" if joined(session) else "without"
        if session.rating is not None:
            found["satisfied", human].append(session.rating >= 4)
        if session.start <= world.until - timedelta(days=14):
            later = [start for start in world.histories[session.client] if start > session.start]
            found["returned", human].append(any(start <= session.start + timedelta(days=14) for start in later))
    return [(*key, sum(hits), len(hits), *rate(sum(hits), len(hits))) for key, hits in sorted(found.items())]


def appointments(world: World) -> list[Row]:
    groups: dict[date, list[Agreed]] = defaultdict(list)
    for each in world.community.appointments:
        if each.begins < world.until and world.in_range(each.begins):
            groups[world.interval(each.begins)].append(each)
    rows = []
    for start, agreed in sorted(groups.items()):
        became, missed = Counter(each.status for each in agreed), Counter(each.missed_by for each in agreed)
        lead = median((each.begins - each.made) / timedelta(days=1) for each in agreed)
        moved = sum(each.moves > 0 for each in agreed)
        sides = (missed["client"], missed["coach"], missed["both"])
        rows.append((start, len(agreed), moved, became["cancelled"], became["kept"], *sides, lead))
    return rows


def next_at(world: World, session: SessionRow) -> datetime | None:
    """The begin of the client's next appointment, as it was planned a day after the session."""
    assert session.end is not None
    known = session.end + timedelta(days=1)
    ahead = [
        each.begins
        for each in world.community.appointments
        if each.client == session.client and each.begins > session.end and each.made <= known
        if each.status != "cancelled" or each.changed > known
    ]
    return min(ahead, default=None)


def a_day_ago(world: World) -> list[SessionRow]:
    return [v for v in world.valid if v.end is not None and v.end + timedelta(days=1) <= world.until]


def next_date(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(a_day_ago(world)):
        dates = [(v.end, at) for v in sessions if (at := next_at(world, v)) is not None]
        days = [(at - end) / timedelta(days=1) for end, at in dates if end]
        rows.append(
            (start, len(days), len(sessions), *rate(len(days), len(sessions)), median(days) if days else None)
        )
    return rows


def next_date_comparison(world: World) -> list[Row]:
    found: dict[str, list[bool]] = defaultdict(list)
    for session in a_day_ago(world):
        if session.start <= world.until - timedelta(days=14):
            later = [start for start in world.histories[session.client] if start > session.start]
            came = any(start <= session.start + timedelta(days=14) for start in later)
            found["with" if next_at(world, session) else "without"].append(came)
    return [(name, sum(hits), len(hits), *rate(sum(hits), len(hits))) for name, hits in sorted(found.items())]


def approach_choice(world: World) -> list[Row]:
    latest: dict[str, SessionRow] = {}
    for session in sorted(world.valid, key=lambda v: (v.start, v.id)):
        if session.approach is not None:
            latest[session.client] = session
    rows = []
    for field in ("tone", "pace", "opening", "lead"):
        chosen = Counter(getattr(session.approach, field) or "as it comes" for session in latest.values())
        rows += [(field, value, n, n / len(latest)) for value, n in chosen.items()]
    return sorted(rows)


def approach_asked(world: World) -> list[Row]:
    def here(moment: datetime) -> bool:
        return moment < world.until and world.in_range(moment)

    asked: dict[date, list[tuple[bool, bool]]] = defaultdict(list)
    ended: dict[date, list[bool]] = defaultdict(list)
    for ask in world.community.asks:
        if here(ask.at_time):
            answered = ask.answered is not None and ask.answered < world.until
            asked[world.interval(ask.at_time)].append((answered, answered and bool(ask.changed)))
    for end in world.community.trial_ends:
        if here(end.at_time):
            ended[world.interval(end.at_time)].append(end.kept)
    rows = []
    for start in sorted({*asked, *ended}):
        answers, ends = asked[start], ended[start]
        told, kept = sum(a for a, _ in answers), sum(ends)
        changed, dropped = sum(c for _, c in answers), len(ends) - kept
        of_asked, of_ended = (told, changed), (kept, dropped)
        shares = [rate(k, len(answers)) for k in of_asked] + [rate(k, len(ends)) for k in of_ended]
        counts = (len(answers), told, changed, len(ends), kept, dropped)
        rows.append((start, *counts, *(each for share in shares for each in share)))
    return rows


def approach_fits(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.valid if not v.off_record):
        answers = [v.fits for v in sessions if v.fits is not None]
        middle = median(answers) if answers else None
        below = sum(each < 6 for each in answers)
        rows.append((start, len(answers), len(sessions), len(answers) / len(sessions), middle, below))
    return rows


def approach_followed(world: World) -> list[Row]:
    """Clients are drawn by their numbers, which follow their names; everything else is said out in full."""
    rows = []
    for field, value in (("lead", "client"), ("opening", "check_back"), ("pace", "exploring"), ("pace", "short")):
        sides: dict[bool, dict[str, list[float]]] = {True: defaultdict(list), False: defaultdict(list)}
        for session in world.valid:
            wish = getattr(session.approach, field) if session.approach else "not known"
            measured = _measured(session, field) if session.approach else None
            if wish in (value, None) and measured is not None:
                sides[wish == value][session.client].append(measured)
        enough = all(len(side) >= 10 and sum(map(len, side.values())) >= 20 for side in sides.values())
        if not enough:
            continue
        middle = mean if field == "opening" else median
        found = [middle(each for values in sides[way].values() for each in values) for way in (True, False)]
        clients = sorted({*sides[True], *sides[False]})
        random, differences = np.random.default_rng(20_261_128), []
        for _ in range(2_000):
            drawn = [clients[place] for place in random.integers(0, len(clients), len(clients))]
            lists = [[each for client in drawn for each in sides[way].get(client, ())] for way in (True, False)]
            if all(lists):
                differences.append(middle(lists[0]) - middle(lists[1]))
        low, high = np.quantile(differences, [0.025, 0.975])
        n = sum(map(len, sides[True].values()))
        rows.append((field, value, n, len(sides[True]), *found, found[0] - found[1], float(low), float(high)))
    return rows


def _measured(session: SessionRow, field: str) -> float | None:
    assert session.approach is not None
    if field == "opening":
        return None if session.approach.checked_back is None else float(session.approach.checked_back)
    if field == "lead":
        return session.approach.asking_share
    agent = turns(session, "agent")
    return words(session, "agent") / agent if agent else None


def active_clients(world: World) -> list[Row]:
    if world.p.start is not None:
        day = world.day(world.p.start)
    elif world.ended:
        day = world.day(world.ended[0].start)
    else:
        return []
    days = {(client, world.day(start)) for client, starts in world.histories.items() for start in starts}
    rows = []
    while datetime.combine(day, datetime.min.time()) < world.local(world.until):
        dau, wau, mau = (len({c for c, d in days if day - timedelta(n) < d <= day}) for n in (1, 7, 30))
        rows.append((day, dau, wau, mau, dau / mau if mau else None))
        day += timedelta(days=1)
    return rows


def return_gaps(world: World) -> list[Row]:
    gaps: Counter[int] = Counter()
    for starts in world.histories.values():
        for earlier, later in pairwise(starts):
            if world.in_range(later):
                gaps[(world.day(later) - world.day(earlier)).days] += 1
    return sorted(gaps.items())


def return_rate(world: World) -> list[Row]:
    rows = []
    for k in (7, 14, 30):
        span = timedelta(hours=24 * k)
        observed = [starts for starts in world.histories.values() if starts[0] <= world.until - span]
        came = sum(len(starts) > 1 and starts[1] - starts[0] <= span for starts in observed)
        rows.append((k, came, len(observed), *rate(came, len(observed))))
    return rows


def time_to_second_session(world: World) -> list[Row]:
    last_day = world.day(world.until - timedelta(microseconds=1))
    waits = [
        ((world.day(starts[1]) if len(starts) > 1 else last_day) - world.day(starts[0])).days
        for starts in world.histories.values()
    ]
    came = [len(starts) > 1 for starts in world.histories.values()]
    survival, rows = 1.0, []
    for days in sorted({wait for wait, c in zip(waits, came, strict=True) if c}):
        at_risk = sum(wait >= days for wait in waits)
        returned = sum(wait == days and c for wait, c in zip(waits, came, strict=True))
        survival *= 1 - returned / at_risk
        rows.append((days, at_risk, returned, survival))
    return rows


def retention(world: World) -> list[Row]:
    active = {client: {world.interval(s) for s in starts} for client, starts in world.histories.items()}
    cohorts: dict[date, list[set[date]]] = defaultdict(list)
    for intervals in active.values():
        cohorts[min(intervals)].append(intervals)
    rows = []
    for cohort, members in sorted(cohorts.items()):
        calendar = world.intervals(cohort, world.until)
        for n, start in enumerate(calendar):
            match world.p.kind or RetentionKind.RECURRING:
                case RetentionKind.RECURRING:
                    kept = sum(start in intervals for intervals in members)
                case RetentionKind.UNBOUNDED:
                    kept = sum(any(i >= start for i in intervals) for intervals in members)
                case RetentionKind.CUMULATIVE:
                    kept = sum(all(i in intervals for i in calendar[1 : n + 1]) for intervals in members)
            over = datetime.combine(world.following(start), datetime.min.time()) <= world.local(world.until)
            rows.append((cohort, n, len(members), kept, *rate(kept, len(members)), over))
    return rows


def lifecycle(world: World) -> list[Row]:
    active = {client: {world.interval(s) for s in starts} for client, starts in world.histories.items()}
    if world.p.start is not None:
        first = world.interval(world.p.start)
    elif world.ended:
        first = world.interval(world.ended[0].start)
    else:
        return []
    rows = []
    for start in world.intervals(first, world.until):
        before = world.floor(start - timedelta(days=1))
        here = [intervals for intervals in active.values() if start in intervals]
        new = sum(min(intervals) == start for intervals in here)
        returning = sum(before in intervals for intervals in here)
        resurrecting = sum(before not in i and min(i) != start for i in here)
        dormant = sum(before in i and start not in i for i in active.values())
        rows.append((start, new, returning, resurrecting, dormant, len(here)))
    return rows


def funnel(world: World) -> list[Row]:
    """Nobody in these communities signs in after the year began; those with a tier are on the roster since then."""
    began = datetime(2026, 1, 1)
    entries = [Invitation(began, client) for client in world.community.tiers] + list(world.community.invitations)
    reached = []
    for entry in entries:
        if not (entry.at_time < world.until and world.in_range(entry.at_time)):
            continue
        came = len(world.histories.get(entry.client or "", []))
        agreed = any(
            other.client == entry.client and other.consented is not None and other.consented < world.until
            for other in world.community.invitations
            if entry.client
        )
        signed_in = entry.client is not None and began < world.until
        reached.append(5 if came > 1 else 4 if came else 3 if agreed else 2 if signed_in else 1)
    names = ("1 invited", "2 signed in", "3 consented", "4 first session", "5 second session")
    counts = [sum(place >= step for place in reached) for step in range(1, 6)]
    before = [0, *counts]
    return [
        (name, n, n / counts[0] if counts[0] else None, *rate(n, last))
        for name, n, last in zip(names, counts, before, strict=False)
    ]


def membership_survival(world: World) -> list[Row]:
    """Each client's days as a member, one by one; those with a tier joined as the year began."""
    landmark, day = timedelta(days=30), timedelta(days=1)
    entries = [Invitation(datetime(2026, 1, 1), client) for client in world.community.tiers]
    groups: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for entry in (*entries, *world.community.invitations):
        joined = entry.joined or entry.at_time
        known_in_time = entry.at_time < world.until and entry.at_time <= joined + landmark
        stayed_until_then = entry.left is None or entry.left >= joined + landmark
        if not (known_in_time and stayed_until_then and joined + landmark < world.until):
            continue
        starts = world.histories.get(entry.client or "", [])
        came = any(joined <= start < joined + landmark for start in starts)
        gone = entry.left is not None and entry.left < world.until
        end = entry.left if gone and entry.left else world.until
        groups["with" if came else "without"].append(((end - joined) // day, gone))
    rows: list[Row] = []
    for name, members in sorted(groups.items()):
        for months in range(1, max(days for days, _ in members) // 30 + 1):
            survival, variance = 1.0, 0.0
            for days in sorted({days for days, gone in members if gone and days < 30 * months}):
                at_risk = sum(other >= days for other, _ in members)
                gone_now = sum(other == days and gone for other, gone in members)
                survival *= 1 - gone_now / at_risk
                variance += gone_now / (at_risk * (at_risk - gone_now)) if at_risk > gone_now else 0
            inside = 0 < survival < 1
            spread = math.sqrt(variance) / abs(math.log(survival)) if inside else 0
            ends = [survival ** math.exp(sign * Z * spread) if inside else None for sign in (1, -1)]
            watched = sum(days >= 30 * months for days, _ in members)
            left = sum(gone and days < 30 * months for days, gone in members)
            rows.append((name, months, len(members), watched, left, survival, *ends))
    return rows


# -- satisfaction


def csat(world: World) -> list[Row]:
    rows = []
    seen = [v for v in world.chosen if (world.is_valid(v) and not v.off_record) or v.rating is not None]
    for start, sessions in world.by_interval(seen):
        ratings = [v.rating for v in sessions if v.rating is not None]
        valid = [v for v in sessions if world.is_valid(v) and not v.off_record]
        rated = sum(v.rating is not None for v in valid)
        good = sum(rating >= 4 for rating in ratings)
        rows.append(
            (
                start,
                len(ratings),
                len(valid),
                rated / len(valid) if valid else None,
                good,
                len(ratings),
                *rate(good, len(ratings)),
                sum(ratings) / len(ratings) if ratings else None,
            )
        )
    return rows


def nps(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if v.nps is not None):
        answers = [v.nps for v in sessions if v.nps is not None]
        up, down = sum(a >= 9 for a in answers), sum(a <= 6 for a in answers)
        rows.append((start, up, len(answers) - up - down, down, 100 * (up - down) / len(answers)))
    return rows


def check_in(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if v.check_in):
        totals = [sum(v.check_in) for v in sessions if v.check_in]
        rows.append((start, len(totals), median(totals), sum(total < 36 for total in totals)))
    return rows


# -- quality


def turns_metric(world: World) -> list[Row]:
    measures: list[Callable[[SessionRow], int]] = [
        lambda v: turns(v, "client"),
        lambda v: turns(v, "agent"),
        lambda v: words(v, "client"),
        lambda v: words(v, "agent"),
    ]
    return [
        (start, *(median(measure(v) for v in sessions) for measure in measures))
        for start, sessions in world.by_interval(v for v in world.valid if not v.off_record)
    ]


def talk_ratio(world: World) -> list[Row]:
    spoken = [v for v in world.valid if words(v, "client") + words(v, "agent") > 0]
    rows = []
    for start, sessions in world.by_interval(spoken):
        shares = [words(v, "agent") / (words(v, "agent") + words(v, "client")) for v in sessions]
        rows.append((start, len(shares), median(shares), sum(share > 0.6 for share in shares)))
    return rows


def turn_latency(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.chosen):
        times = heard(sessions, "felt_ms")
        if times:
            rows.append((start, *spread(times)))
    return rows


def latency_parts(world: World) -> list[Row]:
    parts = {
        "as_measured_before": "latency_ms",
        "end_to_transcript": "transcript_ms",
        "interruption_to_silence": "silenced_ms",
        "transcript_to_sound": "answer_ms",
        "typed_to_answer": "typed_ms",
    }
    found = [
        (start, part, heard(sessions, name))
        for start, sessions in world.by_interval(world.chosen)
        for part, name in parts.items()
    ]
    return [(start, part, *spread(times)) for start, part, times in found if times]


def heard(sessions: Iterable[SessionRow], name: str) -> list[int]:
    """Of all agent turns what was heard under this name."""
    return [t.heard[name] for v in sessions for t in v.turns if t.sender == "agent" and name in t.heard]


def spread(times: Sequence[int]) -> Row:
    return len(times), percentile(times, 0.5), percentile(times, 0.95), max(times)


def cut_ins(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if heard([v], "cut_in")):
        times = heard(sessions, "cut_in")
        rows.append((start, sum(times), len(times), *rate(sum(times), len(times))))
    return rows


def silences(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if heard([v], "cut_in")):
        broken = Counter(by for v in sessions for by in v.silences)
        rows.append((start, len(sessions), broken["client"], broken["agent"], broken["nobody"]))
    return rows


def reconnects(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if v.breaks is not None):
        waits = [[seconds for seconds in v.breaks or () if seconds is not None] for v in sessions]
        every = [seconds for each in waits for seconds in each]
        given_up = sum(None in (v.breaks or ()) for v in sessions)
        middle, long = (percentile(every, share) if every else None for share in (0.5, 0.95))
        rows.append((start, len(sessions), sum(map(bool, waits)), middle, long, given_up))
    return rows


def barge_in_rate(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if turns(v, "agent")):
        said = [turn for v in sessions for turn in v.turns if turn.sender == "agent"]
        cut = sum(turn.interrupted for turn in said)
        rows.append((start, cut, len(said), *rate(cut, len(said))))
    return rows


def pauses(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.valid):
        paused = [v for v in sessions if v.pauses]
        made = [pause for v in paused for pause in v.pauses]
        times = [sum(pause.seconds for pause in v.pauses) for v in paused]
        typical = median(times) if times else None
        by_phone = sum(pause.interrupted for pause in made)
        share = rate(len(paused), len(sessions))
        rows.append((start, len(paused), len(sessions), *share, len(made), by_phone, typical))
    return rows


def task_success(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(v for v in world.chosen if v.evaluation):
        found = Counter(v.evaluation for v in sessions)
        good, bad = found["success"], found["failure"]
        rows.append((start, good, bad, found["unknown"], *rate(good, good + bad)))
    return rows


def failure_rate(world: World) -> list[Row]:
    rows = []
    for start, sessions in world.by_interval(world.chosen):
        causes = Counter(v.reason or "unknown" for v in sessions if v.status == "failed")
        rows += [(start, cause, k, len(sessions), *rate(k, len(sessions))) for cause, k in sorted(causes.items())]
    return rows


def drawn_sessions(world: World) -> dict[str, dict[str, list[tuple[SessionRow, bool]]]]:
    """By comparison and version drawn: the sessions that ended since the draw, and whether its client is a fence."""
    found: dict[str, dict[str, list[tuple[SessionRow, bool]]]] = defaultdict(lambda: defaultdict(list))
    for one in world.community.comparisons:
        for draw in (each for each in world.community.draws if each.comparison == one.id):
            version = "candidate" if draw.candidate else "standing"
            for session in (each for each in world.ended if each.client == draw.client):
                assert session.end is not None
                if session.end >= draw.at_time and (one.ended is None or session.start < one.ended):
                    found[one.id][version].append((session, draw.fence))
    return found


def version_comparison(world: World) -> list[Row]:
    rows: list[Row] = []
    for one in sorted(world.community.comparisons, key=lambda each: each.id):
        over = one.ended is not None and one.ended < world.until
        decided = one.decided is not None and one.decided < world.until
        state = "decided" if decided else "running" if not over else "stopped" if one.stopped else "finished"
        sides = {
            version: [v for v, fence in sessions if not fence and world.is_valid(v) and not v.off_record]
            for version, sessions in sorted(drawn_sessions(world)[one.id].items())
        }
        stars: dict[str, dict[str, list[int]]] = {"candidate": defaultdict(list), "standing": defaultdict(list)}
        for version, sessions in sides.items():
            for session in sessions:
                if session.rating is not None and over and not one.stopped:
                    stars[version][session.client].append(session.rating)
        for version, sessions in sides.items():
            if sessions:
                own = [star for given in stars[version].values() for star in given]
                rated = sum(session.rating is not None for session in sessions)
                difference = _difference(stars) if version == "candidate" else (None,) * 3
                rows.append((
                    one.id, version, len({v.client for v in sessions}), len(sessions), rated, rated / len(sessions),
                    mean(own) if own else None, *difference, one.planned, state,
                ))  # fmt: skip
    return rows


def _difference(stars: dict[str, dict[str, list[int]]]) -> tuple[float | None, ...]:
    """candidate − standing with its interval; what a client adds to a mean is the sum of how far off they are."""
    if any(len(by_client) < 10 for by_client in stars.values()):
        return (None,) * 3
    middles, variance, traces, squares = {}, 0.0, 0.0, 0.0
    for version, by_client in stars.items():
        own = [star for given in by_client.values() for star in given]
        middles[version] = mean(own)
        n, sizes = len(own), np.array([len(given) for given in by_client.values()])
        off = np.array([sum(given) - len(given) * middles[version] for given in by_client.values()])
        variance += float(np.sum(off**2 / (1 - sizes / n))) / n**2
        # What the variance is of independent ratings: a quadratic form, with its mean and half its variance.
        scaled = np.repeat(np.diag(1 / np.sqrt(1 - sizes / n)), sizes, axis=0) / n
        form = scaled.T @ (np.eye(n) - 1 / n) @ scaled
        traces, squares = traces + float(np.trace(form)), squares + float(np.sum(form**2))
    if not variance:
        return (None,) * 3
    difference = middles["candidate"] - middles["standing"]
    half = _students_quantile(traces**2 / squares) * math.sqrt(variance)
    return difference, difference - half, difference + half


def _students_quantile(degrees: float) -> float:
    """Where 97.5 % of Student's distribution lie below: its density summed up, and the place halved in on."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    low, high = 0.0, 20.0
    for _ in range(40):
        place = (low + high) / 2
        at = np.linspace(0, place, 20_001)
        below = 0.5 + float(np.trapezoid(scale * (1 + at * at / degrees) ** (-(degrees + 1) / 2), at))
        low, high = (place, high) if below < 0.975 else (low, place)
    return low


def version_failures(world: World) -> list[Row]:
    rows = []
    for comparison, sides in sorted(drawn_sessions(world).items()):
        failed = {
            version: Counter(v.reason or "unknown" for v, _ in sessions if v.status == "failed")
            for version, sessions in sides.items()
        }
        causes = sorted({cause for counts in failed.values() for cause in counts})
        for version in sorted(sides):
            n = len(sides[version])
            rows += [
                (comparison, version, cause, failed[version][cause], n, *rate(failed[version][cause], n))
                for cause in causes
            ]
    return rows


# -- effectiveness


def attainment(pairs: Sequence[tuple[float, int]]) -> float:
    """T of goals (weight, score)."""
    total = sum(w for w, _ in pairs)
    return 50 + 10 * sum(w * x for w, x in pairs) / math.sqrt(0.7 * sum(w * w for w, _ in pairs) + 0.3 * total**2)


def scores(world: World) -> dict[str, dict[date, list[tuple[float, int]]]]:
    """Per client and interval, (weight, latest score) of each goal reviewed in it."""
    weights = {goal.id: goal for goal in world.community.goals if goal.weight > 0}
    latest: dict[tuple[str, date], tuple[datetime, int]] = {}
    for review in world.community.reviews:
        if review.at_time < world.until and review.goal in weights:
            place = (review.goal, world.interval(review.at_time))
            latest[place] = max(latest.get(place, (datetime.min, 0)), (review.at_time, review.score))
    found: dict[str, dict[date, list[tuple[float, int]]]] = defaultdict(lambda: defaultdict(list))
    for (goal, interval), (_, score) in sorted(latest.items()):
        found[weights[goal].client][interval].append((weights[goal].weight, score))
    return found


def goal_attainment(world: World) -> list[Row]:
    first = None if world.p.start is None else world.interval(world.p.start)
    groups: dict[date, list[tuple[float, float, list[int]]]] = defaultdict(list)
    for intervals in scores(world).values():
        start_t = attainment(intervals[min(intervals)])
        for interval, pairs in intervals.items():
            if first is None or interval >= first:
                t = attainment(pairs)
                groups[interval].append((t, t - start_t, [x for _, x in pairs]))
    rows = []
    for interval, clients in sorted(groups.items()):
        levels = [x for _, _, xs in clients for x in xs]
        good = sum(x >= 0 for x in levels)
        rows.append(
            (
                interval,
                len(clients),
                median(t for t, _, _ in clients),
                median(change for _, change, _ in clients),
                len(levels),
                good,
                *rate(good, len(levels)),
            )
        )
    return rows


def action_completion(world: World) -> list[Row]:
    groups: dict[date, list[Any]] = defaultdict(list)
    for action in world.community.actions:
        if action.due is not None and action.due < world.until and world.in_range(action.due):
            groups[world.interval(action.due)].append(action)
    rows = []
    for interval, due in sorted(groups.items()):
        done = [a for a in due if a.status == "done" and a.done < world.until]
        on_time = sum(a.done <= a.due for a in done)
        dropped = sum(a.status == "dropped" for a in due)
        rows.append((interval, len(due), on_time, len(done) - on_time, dropped, *rate(on_time, len(due))))
    return rows


def steps_answered(world: World) -> list[Row]:
    groups: dict[date, list[bool]] = defaultdict(list)
    for action in world.community.actions:
        due, soon = action.due, timedelta(hours=48)
        if due is not None and due + soon <= world.until and world.in_range(due):
            answered = action.answered or action.done
            in_time = action.status != "open" and answered is not None and answered <= due + soon
            groups[world.interval(due)].append(in_time)
    return [(start, sum(each), len(each), *rate(sum(each), len(each))) for start, each in sorted(groups.items())]


def confidence_change(world: World) -> list[Row]:
    both = [v for v in world.chosen if v.before is not None and v.after is not None]
    return [
        (start, len(sessions), median(v.after - v.before for v in sessions))  # type: ignore[operator]
        for start, sessions in world.by_interval(both)
    ]


def reliable_change(world: World) -> list[Row]:
    moments: dict[str, list[datetime]] = defaultdict(list)
    owners = {goal.id: goal.client for goal in world.community.goals if goal.weight > 0}
    for review in world.community.reviews:
        if review.at_time < world.until and review.goal in owners:
            moments[owners[review.goal]].append(review.at_time)
    signs: list[int] = []
    for client, intervals in scores(world).items():
        if max(moments[client]) - min(moments[client]) >= timedelta(days=90):
            change = attainment(intervals[max(intervals)]) - attainment(intervals[min(intervals)])
            index = change / (math.sqrt(2) * 10 * math.sqrt(1 - 0.80))
            signs.append((index > 1.96) - (index < -1.96))
    return [(len(signs), signs.count(1), signs.count(0), signs.count(-1))]


METRICS: dict[str, Callable[[World], list[Row]]] = {
    "session_duration": session_duration,
    "session_outcomes": session_outcomes,
    "written_sessions": written_sessions,
    "human_sessions": human_sessions,
    "appointments": appointments,
    "next_date": next_date,
    "next_date_comparison": next_date_comparison,
    "active_clients": active_clients,
    "return_gaps": return_gaps,
    "return_rate": return_rate,
    "time_to_second_session": time_to_second_session,
    "retention": retention,
    "lifecycle": lifecycle,
    "funnel": funnel,
    "membership_survival": membership_survival,
    "csat": csat,
    "nps": nps,
    "check_in": check_in,
    "human_comparison": human_comparison,
    "approach_choice": approach_choice,
    "approach_asked": approach_asked,
    "approach_fits": approach_fits,
    "approach_followed": approach_followed,
    "turns": turns_metric,
    "talk_ratio": talk_ratio,
    "turn_latency": turn_latency,
    "latency_parts": latency_parts,
    "cut_ins": cut_ins,
    "silences": silences,
    "reconnects": reconnects,
    "barge_in_rate": barge_in_rate,
    "pauses": pauses,
    "task_success": task_success,
    "failure_rate": failure_rate,
    "version_comparison": version_comparison,
    "version_failures": version_failures,
    "goal_attainment": goal_attainment,
    "action_completion": action_completion,
    "steps_answered": steps_answered,
    "confidence_change": confidence_change,
    "reliable_change": reliable_change,
}
