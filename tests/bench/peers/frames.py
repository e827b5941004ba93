"""The metrics in pandas, whole columns at a time, for weeks, UTC and the whole history.

Days are whole days since 1970 (a Thursday). Sessions are sorted by client and start when they are loaded, words with
few values are categories, and the response times of all sessions lie in one array.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coachroom.metrics.parameters import Parameters, RetentionKind

FACTS = [
    "session_id", "client_id", "client_no", "start_time", "end_time", "status", "end_reason", "duration_seconds",
    "client_turns", "agent_turns", "client_words", "agent_words", "interrupted_turns", "agent_id", "sounded_turns",
    "cut_ins", "silences_by_client", "silences_by_agent", "silences_by_nobody", "given_up",
    "pauses", "interruptions", "paused_seconds", "written_steps", "joins", "hints", "holds", "takeovers",
    "human_seconds",
]  # fmt: skip
PARTS = {
    "as_measured_before": "latencies_ms",
    "end_to_transcript": "transcript_ms",
    "interruption_to_silence": "silenced_ms",
    "transcript_to_sound": "answer_ms",
    "typed_to_answer": "typed_ms",
}
LISTS = ["felt_ms", *PARTS.values(), "reconnect_seconds"]
WEEK = 7
Z = 1.959963984540054
FAR = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class Tables:
    """What is loaded. `facts` has the session's id as index; `heard`: each list's numbers and their places in it."""

    facts: pd.DataFrame
    heard: dict[str, tuple[np.ndarray, np.ndarray]]
    feedback: pd.DataFrame
    check_ins: pd.DataFrame
    evaluations: pd.DataFrame
    confidence: pd.DataFrame
    goals: pd.DataFrame
    reviews: pd.DataFrame
    actions: pd.DataFrame
    appointments: pd.DataFrame
    members: pd.DataFrame
    profiles: pd.DataFrame
    consents: pd.DataFrame
    approaches: pd.DataFrame
    questions: pd.DataFrame
    asks: pd.DataFrame
    choices: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Tables:
        facts = pd.read_parquet(folder / "session_facts.parquet", columns=FACTS)
        order = np.lexsort((facts["start_time"], facts["client_no"]))
        facts = facts.astype({"status": "category", "end_reason": "category"}).take(order).set_index("session_id")
        lists = pq.read_table(folder / "session_facts.parquet", columns=LISTS)
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.arange(len(order))

        def numbers(name: str) -> tuple[np.ndarray, np.ndarray]:
            found = lists[name].combine_chunks()
            return pc.list_flatten(found).to_numpy(), places[pc.list_parent_indices(found).to_numpy()]

        def table(name: str, *columns: str) -> pd.DataFrame:
            return pd.read_parquet(folder / f"{name}.parquet", columns=list(columns))

        return cls(
            facts=facts,
            heard={name: numbers(name) for name in LISTS},
            feedback=table("feedback", "session_id", "rating", "nps"),
            check_ins=table("check_ins", "session_id", "heard", "right_topics", "approach_fits", "overall"),
            evaluations=table("evaluations", "session_id", "result").astype({"result": "category"}),
            confidence=table("confidence", "session_id", "before_score", "after_score"),
            goals=table("goals", "id", "client_id", "weight").set_index("id"),
            reviews=table("goal_checkins", "goal_id", "score", "created_at"),
            actions=table("actions", "client_id", "status", "due_at", "done_at", "answered_at").astype(
                {"status": "category"}
            ),
            appointments=table(
                "appointments",
                *("client_id", "begins_at", "made_at", "changed_at", "status", "sequence", "missed_by"),
            ),
            members=table("members", "client_id", "role", "created_at", "joined_at", "left_at"),
            profiles=table("client_profiles", "id", "created_at"),
            consents=pd.concat([table(name, "client_id", "given_at") for name in ("consents", "withdrawn_consents")]),
            approaches=table("session_approach", "session_id", "tone", "pace", "opening", "lead"),
            questions=table("session_questions", "session_id", "question", "score"),
            asks=table("approach_asks", "client_id", "asked_at", "answered_at", "changed"),
            choices=table("approach_choices", "client_id", "source", "state", "made_at"),
        )


@dataclass(frozen=True)
class World:
    """The tables seen with a set of parameters."""

    tables: Tables
    parameters: Parameters

    @property
    def until(self) -> pd.Timestamp:
        return pd.Timestamp(self.parameters.until)

    @property
    def today(self) -> int:
        return int(self.until.to_datetime64().astype("datetime64[D]").astype(np.int64))

    @property
    def last_day(self) -> int:
        return int(
            (self.until - pd.Timedelta(microseconds=1)).to_datetime64().astype("datetime64[D]").astype(np.int64)
        )

    def ended(self, *columns: str) -> pd.DataFrame:
        """These columns of all ended sessions, with the week they began in."""
        facts = self.tables.facts
        seen = facts["start_time"] < self.until
        frame = facts.loc[seen, list(columns)]
        frame["interval_start"] = week(day(facts["start_time"]))[seen.to_numpy()]
        return frame

    def valid(self, *columns: str) -> pd.DataFrame:
        """The same of valid sessions."""
        frame = self.ended(*dict.fromkeys((*columns, "status", "client_turns", "duration_seconds")))
        return frame.loc[self.is_valid(frame), [*columns, "interval_start"]]

    def is_valid(self, frame: pd.DataFrame) -> pd.Series:
        return (
            frame["status"].isin(["completed", "abandoned"])
            & (frame["client_turns"] >= 1)
            & (frame["duration_seconds"] >= self.parameters.min_valid_seconds)
        )

    def first_day(self) -> int:
        start: pd.Series = self.tables.facts["start_time"]
        return int(day(start[start < self.until]).min())


def day(moments: pd.Series) -> np.ndarray:
    return moments.to_numpy().astype("datetime64[D]").astype(np.int64)


def week(days: np.ndarray) -> np.ndarray:
    return days - (days + 3) % WEEK


def rated(frame: pd.DataFrame) -> pd.DataFrame:
    """With the rate and Wilson's interval."""
    k = frame["numerator"].astype("float64")
    n = frame["denominator"].astype("float64").replace(0, math.nan)
    spread = Z * np.sqrt(k * (n - k) / n + Z * Z / 4)
    low, high = ((k + Z * Z / 2 + sign * spread) / (n + Z * Z) for sign in (-1, 1))
    return frame.assign(value=k / n, low=low.clip(lower=0), high=high.clip(upper=1))


def percentiles(frame: pd.DataFrame, column: str, **wanted: float) -> pd.DataFrame:
    found = frame.groupby("interval_start")[column].quantile(list(wanted.values())).unstack()
    return found.set_axis(list(wanted), axis="columns")


def same_client(clients: np.ndarray) -> np.ndarray:
    """Whether a row belongs to the client of the row before."""
    return np.concatenate(([False], clients[1:] == clients[:-1]))


# -- engagement


def session_duration(world: World) -> pd.DataFrame:
    frame = world.valid("duration_seconds")
    sums = frame.groupby("interval_start")["duration_seconds"].agg(
        sessions="size", mean_seconds="mean", total_seconds="sum"
    )
    return sums.join(percentiles(frame, "duration_seconds", p50_seconds=0.5, p90_seconds=0.9)).reset_index()


def session_outcomes(world: World) -> pd.DataFrame:
    frame = world.ended("status", "client_turns", "duration_seconds", "written_steps")
    flags = pd.DataFrame({way: frame["status"] == way for way in ("completed", "abandoned", "failed")})
    silent = (frame["client_turns"] == 0) & (frame["written_steps"] == 0)
    flags = flags.assign(sessions=1, bounced=silent, valid=world.is_valid(frame))
    return flags.groupby(frame["interval_start"]).sum().reset_index()


def written_sessions(world: World) -> pd.DataFrame:
    frame = world.ended("client_turns", "written_steps")
    frame = frame[(frame["client_turns"] == 0) & (frame["written_steps"] > 0)]
    whole = (frame["written_steps"] == 4).groupby(frame["interval_start"])
    return rated(whole.agg(numerator="sum", denominator="size").reset_index())


def appointments(world: World) -> pd.DataFrame:
    found = world.tables.appointments
    found = found[found["begins_at"] < world.until]
    flags = pd.DataFrame(
        {
            "appointments": 1,
            "moved": found["sequence"] - (found["status"] == "cancelled") > 0,
            "cancelled": found["status"] == "cancelled",
            "kept": found["status"] == "kept",
            **{f"missed_by_{side}": found["missed_by"] == side for side in ("client", "coach", "both")},
        },
        index=found.index,
    )
    weeks = week(day(found["begins_at"]))
    lead = ((found["begins_at"] - found["made_at"]) / pd.Timedelta(days=1)).groupby(weeks).median()
    return flags.groupby(weeks).sum().assign(p50_lead_days=lead).rename_axis("interval_start").reset_index()


def dated(world: World) -> pd.DataFrame:
    """Valid sessions that ended a day ago, with the begin of the next date; the session's id is the index."""
    frame = world.valid("client_id", "start_time", "end_time", "joins")
    frame = frame[frame["end_time"] <= world.until - pd.Timedelta(days=1)]
    ends = frame.reset_index()[["session_id", "client_id", "end_time"]]
    pairs = ends.merge(world.tables.appointments, on="client_id")
    known = pairs["end_time"] + pd.Timedelta(days=1)
    gone = (pairs["status"] == "cancelled") & (pairs["changed_at"] <= known)
    ahead = pairs[(pairs["begins_at"] > pairs["end_time"]) & (pairs["made_at"] <= known) & ~gone]
    return frame.assign(next_at=ahead.groupby("session_id")["begins_at"].min().reindex(frame.index))


def next_date(world: World) -> pd.DataFrame:
    frame = dated(world)
    frame["days"] = (frame["next_at"] - frame["end_time"]) / pd.Timedelta(days=1)
    groups = frame.groupby("interval_start")["days"]
    return rated(groups.agg(numerator="count", denominator="size", p50_days="median").reset_index())


def next_date_comparison(world: World) -> pd.DataFrame:
    two_weeks = pd.Timedelta(days=14)
    starts = world.valid("client_id", "start_time").drop_duplicates(["client_id", "start_time"])
    starts = starts.sort_values("start_time")[["client_id", "start_time"]]
    starts["next_time"] = starts.groupby("client_id", observed=True)["start_time"].shift(-1)
    frame = dated(world).merge(starts, on=["client_id", "start_time"])
    frame = frame[frame["start_time"] <= world.until - two_weeks]
    hits = frame["next_time"] - frame["start_time"] <= two_weeks
    groups = hits.groupby(np.where(frame["next_at"].notna(), "with", "without"))
    return rated(groups.agg(numerator="sum", denominator="size").rename_axis("next_date").reset_index())


def active_clients(world: World) -> pd.DataFrame:
    frame = world.valid("client_no", "start_time")
    clients, days = frame["client_no"].to_numpy(), day(frame["start_time"])
    fresh = ~(same_client(clients) & np.concatenate(([False], days[1:] == days[:-1])))
    clients, days = clients[fresh], days[fresh]
    following = np.where(np.append(same_client(clients)[1:], False), np.append(days[1:], 0), FAR)
    first, last = world.first_day(), world.last_day
    length = last - first + 1

    def sweep(width: int) -> np.ndarray:
        gone = np.minimum(days + width, following) - first
        came = np.bincount(days - first, minlength=length)[:length]
        return np.cumsum(came - np.bincount(gone[gone < length], minlength=length))

    dau = np.bincount(days - first, minlength=length)
    found = pd.DataFrame({"day": np.arange(first, last + 1), "dau": dau, "wau": sweep(7), "mau": sweep(30)})
    return found.assign(stickiness=found["dau"] / found["mau"].replace(0, math.nan))


def return_gaps(world: World) -> pd.DataFrame:
    frame = world.valid("client_no", "start_time")
    gaps = np.diff(day(frame["start_time"]))[same_client(frame["client_no"].to_numpy())[1:]]
    counts = np.bincount(gaps)
    return pd.DataFrame({"gap_days": np.flatnonzero(counts), "returns": counts[counts > 0]})


def first_and_second(world: World) -> tuple[pd.Series, pd.Series]:
    """When each client's first valid session began, and the second (missing where there is none)."""
    frame = world.valid("client_no", "start_time")
    follows = same_client(frame["client_no"].to_numpy())
    starts = frame["start_time"].reset_index(drop=True)
    second = starts.shift(-1).where(np.append(follows[1:], False))
    return starts[~follows], second[~follows]


def return_rate(world: World) -> pd.DataFrame:
    first, second = first_and_second(world)
    rows = []
    for within in (7, 14, 30):
        span = pd.Timedelta(days=within)
        seen = first <= world.until - span
        rows.append((within, int((second[seen] <= first[seen] + span).sum()), int(seen.sum())))
    return rated(pd.DataFrame(rows, columns=["within_days", "numerator", "denominator"]))


def time_to_second_session(world: World) -> pd.DataFrame:
    first, second = first_and_second(world)
    came = second.notna().to_numpy()
    waits = np.where(came, day(second.fillna(world.until)), world.last_day) - day(first)
    every, returned = np.bincount(waits), np.bincount(waits[came], minlength=waits.max() + 1)
    at_risk = every[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - returned / at_risk)
    days = np.flatnonzero(returned)
    return pd.DataFrame(
        {"days": days, "at_risk": at_risk[days], "returned": returned[days], "survival": survival[days]}
    )


@dataclass(frozen=True)
class Steps:
    """The weeks each client was active in, as numbers from 0: each with the client's first and next one."""

    origin: int
    many: int
    first: np.ndarray
    this: np.ndarray
    following: np.ndarray

    @classmethod
    def of(cls, world: World) -> Steps:
        frame = world.valid("client_no")
        origin = int(week(np.array([world.first_day()]))[0])
        last = int(week(np.array([world.last_day]))[0])
        clients, weeks = frame["client_no"].to_numpy(), (frame["interval_start"].to_numpy() - origin) // WEEK
        fresh = ~(same_client(clients) & np.concatenate(([False], weeks[1:] == weeks[:-1])))
        clients, weeks = clients[fresh], weeks[fresh]
        follows = same_client(clients)
        begins = np.flatnonzero(~follows)
        first = np.repeat(weeks[begins], np.diff(np.append(begins, len(weeks))))
        following = np.where(np.append(follows[1:], False), np.append(weeks[1:], 0), FAR)
        return cls(origin, (last - origin) // WEEK + 1, first, weeks, following)

    @property
    def starts(self) -> np.ndarray:
        return self.origin + WEEK * np.arange(self.many)


def retention(world: World) -> pd.DataFrame:
    steps = Steps.of(world)
    kind, many = world.parameters.kind or RetentionKind.RECURRING, steps.many
    counted = np.ones(len(steps.this), dtype=bool)
    if kind is RetentionKind.UNBOUNDED:
        counted = steps.following == FAR
    elif kind is RetentionKind.CUMULATIVE:
        # The last week before the client's first gap; a client's weeks lie one after the other.
        ends = np.flatnonzero(steps.following > steps.this + 1)
        begins = np.flatnonzero(steps.this == steps.first)
        counted = np.zeros(len(steps.this), dtype=bool)
        counted[ends[np.searchsorted(ends, begins)]] = True
    cells = np.bincount(steps.first[counted] * many + steps.this[counted], minlength=many * many).reshape(many, many)
    if kind is not RetentionKind.RECURRING:
        cells = cells[:, ::-1].cumsum(axis=1)[:, ::-1]
    sizes = np.bincount(steps.first[steps.first == steps.this], minlength=many)
    cohorts, weeks = np.nonzero((np.arange(many)[:, None] <= np.arange(many)) & (sizes > 0)[:, None])
    frame = pd.DataFrame(
        {
            "cohort_start": steps.starts[cohorts],
            "period": weeks - cohorts,
            "cohort_size": sizes[cohorts],
            "retained": cells[cohorts, weeks],
            "mature": steps.starts[weeks] + WEEK <= world.today,
        }
    )
    return rated(frame.assign(numerator=frame["retained"], denominator=frame["cohort_size"]))


def lifecycle(world: World) -> pd.DataFrame:
    steps = Steps.of(world)

    def counted(weeks: np.ndarray) -> np.ndarray:
        return np.bincount(weeks, minlength=steps.many + 1)[: steps.many]

    active, new = counted(steps.this), counted(steps.this[steps.this == steps.first])
    stays = steps.following == steps.this + 1
    returning, dormant = counted(steps.this[stays] + 1), counted(steps.this[~stays] + 1)
    return pd.DataFrame(
        {
            "interval_start": steps.starts,
            "new": new,
            "returning": returning,
            "resurrecting": active - new - returning,
            "dormant": dormant,
            "active": active,
        }
    )


# -- satisfaction


def csat(world: World) -> pd.DataFrame:
    frame = world.ended("status", "client_turns", "duration_seconds")
    frame["is_valid"] = world.is_valid(frame)
    sessions = frame.groupby("interval_start")["is_valid"].sum()
    given = world.tables.feedback.dropna(subset=["rating"]).join(frame, on="session_id", how="inner")
    given["good"] = given["rating"] >= 4
    found = given.groupby("interval_start").agg(
        responses=("rating", "size"),
        rated=("is_valid", "sum"),
        numerator=("good", "sum"),
        mean_rating=("rating", "mean"),
    )
    found = found.join(sessions[sessions > 0].rename("sessions"), how="outer")
    found = found.fillna({"responses": 0, "rated": 0, "numerator": 0, "sessions": 0})
    found["response_rate"] = found["rated"] / found["sessions"].replace(0, math.nan)
    return rated(found.assign(denominator=found["responses"])).reset_index()


def nps(world: World) -> pd.DataFrame:
    given = world.tables.feedback.dropna(subset=["nps"]).join(world.ended(), on="session_id", how="inner")
    flags = pd.DataFrame({"promoters": given["nps"] >= 9, "detractors": given["nps"] <= 6}).assign(answers=1)
    found = flags.groupby(given["interval_start"]).sum()
    found["passives"] = found["answers"] - found["promoters"] - found["detractors"]
    return found.assign(value=100 * (found["promoters"] - found["detractors"]) / found["answers"]).reset_index()


def check_in(world: World) -> pd.DataFrame:
    given = world.tables.check_ins.join(world.ended(), on="session_id", how="inner")
    given["total"] = given["heard"] + given["right_topics"] + given["approach_fits"] + given["overall"]
    given["below"] = given["total"] < 36
    found = given.groupby("interval_start").agg(
        answers=("total", "size"), p50_total=("total", "median"), below_36=("below", "sum")
    )
    return found.reset_index()


# -- quality


def turns(world: World) -> pd.DataFrame:
    columns = ("client_turns", "agent_turns", "client_words", "agent_words")
    return world.valid(*columns).groupby("interval_start").median().add_prefix("p50_").reset_index()


def talk_ratio(world: World) -> pd.DataFrame:
    frame = world.valid("client_words", "agent_words")
    both = frame["client_words"] + frame["agent_words"]
    frame, both = frame[both > 0], both[both > 0]
    frame["share"], frame["over"] = frame["agent_words"] / both, frame["agent_words"] * 10 > both * 6
    found = frame.groupby("interval_start").agg(
        sessions=("share", "size"), p50=("share", "median"), over_60_percent=("over", "sum")
    )
    return found.reset_index()


def turn_latency(world: World) -> pd.DataFrame:
    return spread(heard(world, "felt_ms"))


def latency_parts(world: World) -> pd.DataFrame:
    frames = {part: heard(world, name) for part, name in PARTS.items()}
    parts = [spread(frame).assign(part=part) for part, frame in frames.items() if len(frame)]
    columns = ["interval_start", "part", "turns", "p50_ms", "p95_ms", "max_ms"]
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)


def heard(world: World, name: str) -> pd.DataFrame:
    """One of the lists of the facts, its numbers as `ms` with the weeks of their sessions."""
    facts = world.tables.facts
    numbers, places = world.tables.heard[name]
    seen = (facts["start_time"] < world.until).to_numpy()[places]
    weeks = week(day(facts["start_time"]))[places]
    return pd.DataFrame({"interval_start": weeks[seen], "ms": numbers[seen]})


def spread(frame: pd.DataFrame) -> pd.DataFrame:
    sums = frame.groupby("interval_start")["ms"].agg(turns="size", max_ms="max")
    return sums.join(percentiles(frame, "ms", p50_ms=0.5, p95_ms=0.95)).reset_index()


def cut_ins(world: World) -> pd.DataFrame:
    frame = world.ended("cut_ins", "sounded_turns")
    sums = frame[frame["sounded_turns"] > 0].groupby("interval_start").sum().reset_index()
    return rated(sums.rename(columns={"cut_ins": "numerator", "sounded_turns": "denominator"}))


def silences(world: World) -> pd.DataFrame:
    names = {f"silences_by_{who}": f"by_{who}" for who in ("client", "agent", "nobody")}
    frame = world.ended("sounded_turns", *names)
    frame = frame[frame["sounded_turns"] > 0].rename(columns=names).fillna(0)
    weeks = frame.groupby("interval_start")
    return weeks[list(names.values())].sum().assign(sessions=weeks.size()).reset_index()


def reconnects(world: World) -> pd.DataFrame:
    frame = world.ended("agent_id", "given_up")
    weeks = frame[frame["agent_id"].notna()].groupby("interval_start")
    found = pd.DataFrame({"sessions": weeks.size(), "given_up": weeks["given_up"].sum()})
    _, places = world.tables.heard["reconnect_seconds"]
    facts = world.tables.facts.iloc[np.unique(places)]
    facts = facts[facts["start_time"] < world.until]
    broken = pd.Series(week(day(facts["start_time"]))).value_counts()
    found["with_reconnect"] = broken.reindex(found.index).fillna(0)
    waits = heard(world, "reconnect_seconds")
    if waits.empty:
        return found.assign(p50_seconds=np.nan, p95_seconds=np.nan).reset_index()
    return found.join(percentiles(waits, "ms", p50_seconds=0.5, p95_seconds=0.95)).reset_index()


def barge_in_rate(world: World) -> pd.DataFrame:
    frame = world.ended("interrupted_turns", "agent_turns")
    sums = frame[frame["agent_turns"] > 0].groupby("interval_start").sum().reset_index()
    return rated(sums.rename(columns={"interrupted_turns": "numerator", "agent_turns": "denominator"}))


def pauses(world: World) -> pd.DataFrame:
    frame = world.valid("pauses", "interruptions", "paused_seconds")
    frame["paused"] = frame["pauses"] > 0
    found = frame.groupby("interval_start").agg(
        numerator=("paused", "sum"),
        denominator=("paused", "size"),
        pauses=("pauses", "sum"),
        interruptions=("interruptions", "sum"),
    )
    times = frame.loc[frame["paused"]].groupby("interval_start")["paused_seconds"].median().rename("p50_seconds")
    return rated(found.join(times).reset_index())


def human_sessions(world: World) -> pd.DataFrame:
    frame = world.valid("joins", "hints", "holds", "takeovers", "human_seconds")
    frame["joined"] = frame["joins"] > 0
    found = frame.groupby("interval_start").agg(
        sessions=("joined", "size"),
        joined=("joined", "sum"),
        hints=("hints", "sum"),
        holds=("holds", "sum"),
        takeovers=("takeovers", "sum"),
        human_minutes=("human_seconds", "sum"),
    )
    return found.assign(human_minutes=found["human_minutes"] / 60).reset_index()


def human_comparison(world: World) -> pd.DataFrame:
    frame = world.valid("client_id", "start_time", "joins").sort_values("start_time")
    frame["human"] = np.where(frame["joins"] > 0, "with", "without")
    # The first start after a client's own, and not at the same moment.
    distinct = frame[["client_id", "start_time"]].drop_duplicates()
    distinct["next_time"] = distinct.groupby("client_id", observed=True)["start_time"].shift(-1)
    frame = frame.reset_index().merge(distinct, on=["client_id", "start_time"]).set_index("session_id")
    two_weeks = pd.Timedelta(days=14)
    returned = frame[frame["start_time"] <= world.until - two_weeks]
    hits = returned["next_time"] - returned["start_time"] <= two_weeks
    ratings = world.tables.feedback.set_index("session_id")["rating"].dropna()
    rated_ones = frame.join(ratings, how="inner")
    cases = [
        pd.DataFrame({"measure": "returned", "human": returned["human"], "hit": hits}),
        pd.DataFrame({"measure": "satisfied", "human": rated_ones["human"], "hit": rated_ones["rating"] >= 4}),
    ]
    groups = pd.concat(cases).groupby(["measure", "human"])["hit"]
    return rated(groups.agg(numerator="sum", denominator="size").reset_index())


def approach_choice(world: World) -> pd.DataFrame:
    frame = world.valid("client_id", "start_time").reset_index()
    wishes = ["tone", "pace", "opening", "lead"]
    known = frame.merge(world.tables.approaches, on="session_id").sort_values(["start_time", "session_id"])
    last = known.groupby("client_id", observed=True)[wishes].nth(-1)
    long = last.melt(var_name="field").fillna({"value": "as it comes"})
    found = long.groupby(["field", "value"]).size().rename("clients").reset_index()
    return found.assign(share=found["clients"] / max(1, len(last)))


def approach_asked(world: World) -> pd.DataFrame:
    asks = world.tables.asks[world.tables.asks["asked_at"] < world.until]
    answered = asks["answered_at"] < world.until
    asked = pd.DataFrame(
        {
            "interval_start": week(day(asks["asked_at"])),
            "asked": 1,
            "answered": answered,
            "changed": answered & asks["changed"].eq(True),
        }
    )
    choices = world.tables.choices
    ends = choices[(choices["source"] == "trial") & (choices["made_at"] < world.until)]
    ended = pd.DataFrame({"interval_start": week(day(ends["made_at"])), "tried": 1, "kept": ends["state"] == "kept"})
    sums = [each.groupby("interval_start").sum().astype("float64") for each in (asked, ended)]
    found = sums[0].join(sums[1], how="outer").fillna(0).reset_index()
    found["dropped"] = found["tried"] - found["kept"]
    for part, whole in (("answered", "asked"), ("changed", "asked"), ("kept", "tried"), ("dropped", "tried")):
        share = rated(pd.DataFrame({"numerator": found[part], "denominator": found[whole]}))
        found[[f"{part}_share", f"{part}_low", f"{part}_high"]] = share[["value", "low", "high"]]
    return found


def approach_fits(world: World) -> pd.DataFrame:
    asked = world.tables.questions
    scores = asked[asked["question"] == "approach_fits"].set_index("session_id")["score"]
    frame = world.valid().join(scores)
    frame["low"] = frame["score"] < 6
    found = frame.groupby("interval_start").agg(
        answers=("score", "count"), sessions=("low", "size"), p50=("score", "median"), below_6=("low", "sum")
    )
    return found.assign(response_rate=found["answers"] / found["sessions"]).reset_index()


def task_success(world: World) -> pd.DataFrame:
    given = world.tables.evaluations.join(world.ended(), on="session_id", how="inner")
    flags = pd.DataFrame({way: given["result"] == way for way in ("success", "failure", "unknown")})
    found = flags.groupby(given["interval_start"]).sum().reset_index()
    return rated(found.assign(numerator=found["success"], denominator=found["success"] + found["failure"]))


def failure_rate(world: World) -> pd.DataFrame:
    frame = world.ended("status", "end_reason")
    totals = frame.groupby("interval_start").size().rename("denominator")
    failed = frame[frame["status"] == "failed"]
    causes = failed["end_reason"].astype("str").fillna("unknown").rename("cause")
    found = failed.groupby([failed["interval_start"], causes]).size().rename("numerator").reset_index()
    return rated(found.join(totals, on="interval_start"))


# -- the way in


def funnel(world: World) -> pd.DataFrame:
    tables = world.tables
    members = tables.members
    members = members[(members["role"] == "client") & (members["created_at"] < world.until)]
    profiles = tables.profiles[tables.profiles["created_at"] < world.until]
    consents = tables.consents[tables.consents["given_at"] < world.until]
    numbers = world.valid("client_id").groupby("client_id", observed=True).size()
    sessions = members["client_id"].map(numbers).fillna(0)
    reached = np.select(
        [
            sessions >= 2,
            sessions >= 1,
            members["client_id"].isin(consents["client_id"]),
            members["client_id"].isin(profiles["id"]),
        ],
        [5, 4, 3, 2],
        1,
    )
    names = ["1 invited", "2 signed in", "3 consented", "4 first session", "5 second session"]
    counts = pd.Series([int((reached >= place).sum()) for place in range(1, 6)], dtype="float64")
    steps = pd.DataFrame(
        {
            "step": names,
            "clients": counts.astype("int64"),
            "share_of_first": counts / counts.iloc[0],
            "share_of_previous": counts / counts.shift(),
            "numerator": counts,
            "denominator": counts.shift(),
        }
    )
    return rated(steps)


def membership_survival(world: World) -> pd.DataFrame:
    members, until, month = world.tables.members, world.until, pd.Timedelta(days=30)
    joined = members["joined_at"].fillna(members["created_at"])
    left = members["left_at"]
    known = (members["created_at"] < until) & (members["created_at"] <= joined + month) & (joined + month < until)
    kept = (members["role"] == "client") & known & (left.isna() | (left >= joined + month))
    members = pd.DataFrame({"client_id": members["client_id"], "joined": joined, "left": left})[kept]
    starts = world.valid("client_id", "start_time").astype({"client_id": "object"})
    both = members.dropna(subset=["client_id"]).reset_index().merge(starts, on="client_id")
    early = both[(both["start_time"] >= both["joined"]) & (both["start_time"] < both["joined"] + month)]
    gone = (members["left"] < until).to_numpy()
    days = ((members["left"].where(gone, until) - members["joined"]) // pd.Timedelta(days=1)).to_numpy()
    came = members.index.isin(early["index"].unique())
    frames = [_curve(name, days[these], gone[these]) for name, these in (("with", came), ("without", ~came))]
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _curve(name: str, days: np.ndarray, gone: np.ndarray) -> pd.DataFrame:
    if not len(days):
        return pd.DataFrame()
    every, lost = np.bincount(days), np.bincount(days[gone], minlength=days.max() + 1)
    at_risk = every[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - lost / at_risk)
        variance = np.cumsum(np.where(at_risk > lost, lost / (at_risk * (at_risk - lost)), 0.0))
        spread = np.sqrt(variance) / np.abs(np.log(survival))
    months = np.arange(1, days.max() // 30 + 1)
    ends = 30 * months - 1
    stay, inside = survival[ends], (survival[ends] > 0) & (survival[ends] < 1)
    wide = np.where(inside, spread[ends], np.nan)
    return pd.DataFrame(
        {
            "sessions": name,
            "months": months,
            "members": len(days),
            "at_risk": at_risk[ends + 1],
            "left": lost.cumsum()[ends],
            "survival": stay,
            "lower": np.where(inside, stay ** np.exp(Z * wide), np.nan),
            "upper": np.where(inside, stay ** np.exp(-Z * wide), np.nan),
        }
    )


# -- effectiveness


def attainment(world: World) -> pd.DataFrame:
    """T of each client and week, sorted, with the first and last check-in it rests on."""
    reviews = world.tables.reviews
    reviews = reviews[reviews["created_at"] < world.until]
    reviews = reviews.assign(interval_start=week(day(reviews["created_at"]))).sort_values(["created_at", "score"])
    latest = reviews.groupby(["goal_id", "interval_start"]).agg(
        x=("score", "last"), first_time=("created_at", "min"), last_time=("created_at", "max")
    )
    goals = world.tables.goals
    rows = latest.reset_index().join(goals[goals["weight"] > 0], on="goal_id", how="inner")
    rows = rows.assign(good=rows["x"] >= 0, wx=rows["weight"] * rows["x"], ww=rows["weight"] ** 2, one=1)
    found = rows.groupby(["client_id", "interval_start"]).agg(
        goals_reviewed=("one", "sum"), at_or_above=("good", "sum"), wx=("wx", "sum"), w=("weight", "sum"),
        ww=("ww", "sum"), first_time=("first_time", "min"), last_time=("last_time", "max"),
    )  # fmt: skip
    t = 50 + 10 * found["wx"] / np.sqrt(0.7 * found["ww"] + 0.3 * found["w"] ** 2)
    return found.assign(t=t.round(9)).reset_index()


def goal_attainment(world: World) -> pd.DataFrame:
    frame = attainment(world)
    frame["change"] = frame["t"] - frame.groupby("client_id")["t"].transform("first")
    found = frame.groupby("interval_start").agg(
        clients=("t", "size"), p50_t=("t", "median"), p50_change=("change", "median"),
        goals_reviewed=("goals_reviewed", "sum"), at_or_above=("at_or_above", "sum"),
    )  # fmt: skip
    return rated(found.assign(numerator=found["at_or_above"], denominator=found["goals_reviewed"])).reset_index()


def action_completion(world: World) -> pd.DataFrame:
    actions = world.tables.actions
    actions = actions[actions["due_at"] < world.until]
    done = (actions["status"] == "done") & (actions["done_at"] < world.until)
    in_time = actions["done_at"] <= actions["due_at"]
    flags = pd.DataFrame(
        {"on_time": done & in_time, "late": done & ~in_time, "dropped": actions["status"] == "dropped"}
    )
    found = flags.assign(due=1).groupby(week(day(actions["due_at"]))).sum().rename_axis("interval_start")
    return rated(found.assign(numerator=found["on_time"], denominator=found["due"])).reset_index()


def steps_answered(world: World) -> pd.DataFrame:
    actions, two_days = world.tables.actions, pd.Timedelta(hours=48)
    actions = actions[actions["due_at"] <= world.until - two_days]
    answered = actions["answered_at"].fillna(actions["done_at"]) <= actions["due_at"] + two_days
    hits = ((actions["status"] != "open") & answered).groupby(week(day(actions["due_at"])))
    return rated(hits.agg(numerator="sum", denominator="size").rename_axis("interval_start").reset_index())


def confidence_change(world: World) -> pd.DataFrame:
    given = world.tables.confidence.dropna().join(world.ended(), on="session_id", how="inner")
    change = given["after_score"] - given["before_score"]
    return change.groupby(given["interval_start"]).agg(sessions="size", p50_change="median").reset_index()


def reliable_change(world: World) -> pd.DataFrame:
    found = (
        attainment(world)
        .groupby("client_id")
        .agg(before=("t", "first"), after=("t", "last"), since=("first_time", "min"), until=("last_time", "max"))
    )
    found = found[found["until"] >= found["since"] + pd.Timedelta(days=90)]
    rci = (found["after"] - found["before"]) / (math.sqrt(2) * 10 * math.sqrt(1 - 0.80))
    counts: Sequence[int] = (
        len(rci), int((rci > 1.96).sum()), int((rci.abs() <= 1.96).sum()), int((rci < -1.96).sum())
    )  # fmt: skip
    return pd.DataFrame([counts], columns=["clients", "improved", "unchanged", "worsened"])


METRICS: dict[str, Callable[[World], pd.DataFrame]] = {
    each.__name__: each
    for each in (
        session_duration, session_outcomes, written_sessions, active_clients, return_gaps, return_rate,
        time_to_second_session, retention, lifecycle, funnel, membership_survival, csat, nps, check_in, turns,
        talk_ratio, turn_latency,
        human_sessions, human_comparison, appointments, next_date, next_date_comparison, steps_answered,
        human_sessions, human_comparison, approach_choice, approach_asked, approach_fits,
        latency_parts, cut_ins, silences, reconnects, barge_in_rate, pauses, task_success, failure_rate,
        goal_attainment, action_completion, confidence_change, reliable_change,
    )
}  # fmt: skip
