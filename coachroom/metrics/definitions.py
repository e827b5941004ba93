"""What every metric means. Pages, exports, docs, the notebook and the command line take their words from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from coachroom.did_you_mean import did_you_mean
from coachroom.metrics.parameters import MetricError, SegmentBy
from coachroom.metrics.statistics import wilson
from coachroom.metrics.units import (
    COUNT,
    DAYS,
    MILLISECONDS,
    MINUTES,
    PLAIN,
    POINTS,
    SECONDS,
    SHARE,
    STARS,
    T_SCORE,
    TURNS,
    WORDS,
    Unit,
)

if TYPE_CHECKING:
    import pandas as pd


class Area(StrEnum):
    """What a metric tells about."""

    ENGAGEMENT = "engagement"
    SATISFACTION = "satisfaction"
    QUALITY = "quality"
    EFFECTIVENESS = "effectiveness"


class ColumnType(StrEnum):
    """date (local) · text · flag · count (whole number) · number. Counts and numbers may be missing."""

    DATE = "date"
    TEXT = "text"
    FLAG = "flag"
    COUNT = "count"
    NUMBER = "number"


PARTS_OF_PEOPLE = (SegmentBy.TIER, SegmentBy.COHORT, SegmentBy.COACH)
# One client may talk with several agents: sessions fall into parts by agent, people do not.
PARTS_OF_SESSIONS = (*PARTS_OF_PEOPLE, SegmentBy.AGENT)


# One answer can move the number as far as it is large: for what has no scale.
OWN_SIZE = -1.0


@dataclass(frozen=True)
class Column:
    """One column. `about` names the group sizes it is suppressed by: columns of the metric or of its query.

    `unit` is what its numbers are in, wherever they are shown; dates, text and flags have none.

    For analysts: a number is rounded by its `reach`, how far one answer can move it if there is no other; a count of
    answers as a share of the count `share_of`, a column of the metric or of its query; `of_rounded` computes it from
    the other columns once they are rounded. Of two shares of one whole the second `halves_down`: together they are
    never more than the whole, which would tell what they were.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: Unit | None = None
    key: bool = False
    about: tuple[str, ...] = ()
    reach: float | None = None
    share_of: str = ""
    halves_down: bool = False
    of_rounded: Callable[[pd.DataFrame], pd.Series] | None = None


@dataclass(frozen=True)
class Definition:
    """One metric. `<id>.sql` computes it, on top of the shared statements that `builds_on` names.

    `appears_when` ends the sentence "The chart appears when …" for a community that has no rows yet.

    Small groups: `parts` are the ways in which the rows of all parts of the community add up to those of the whole.
    `adds_up` are the group sizes whose numbers add up from days to weeks and months, all where it is None; in those
    of `once` a client counts in one day only. `counted_in` is another metric with the same group sizes and a row for
    each interval. `drops_small_groups` leaves no trace of a row that is hidden. `rounds_rate`: its rate is of
    people's answers, and rounded for analysts by its numerator. `never_by` are segments of which it has no rows:
    being in one follows from what came after. `reads`: the columns of the query, where `made_of` makes the rows of
    what it gives.
    """

    id: str
    title: str
    area: Area
    unit: str
    meaning: str
    formula: str
    columns: tuple[Column, ...]
    source: str
    appears_when: str = "there has been a session of at least a minute"
    takes_start: bool = True
    takes_interval: bool = True
    takes_kind: bool = False
    drops_small_groups: bool = False
    parts: tuple[SegmentBy, ...] = PARTS_OF_SESSIONS
    adds_up: tuple[str, ...] | None = None
    once: tuple[str, ...] = ()
    counted_in: str = ""
    rounds_rate: bool = True
    never_by: tuple[SegmentBy, ...] = ()
    builds_on: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    made_of: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that name a row."""
        return tuple(column for column in self.columns if column.key)

    @property
    def dates(self) -> str | None:
        """The key that holds dates, if there is one."""
        return next((column.name for column in self.keys if column.type is ColumnType.DATE), None)

    @property
    def groups(self) -> tuple[str, ...]:
        """All group sizes that a column is about."""
        return tuple(sorted({group for column in self.columns for group in column.about}))

    @property
    def is_rate(self) -> bool:
        """Whether it carries a 95 % interval, computed from its query's numerator and denominator."""
        return self.made_of is None and any(column.name == "low" for column in self.columns)

    @property
    def is_rounded(self) -> bool:
        """Whether analysts get any of its numbers rounded."""
        columns = any(each.share_of or each.reach is not None or each.of_rounded is not None for each in self.columns)
        return columns or (self.is_rate and self.rounds_rate)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that change it, besides the setting of the whole services."""
        given = {"start": self.takes_start, "interval": self.takes_interval, "kind": self.takes_kind}
        return ("as_of", "end", *(name for name, taken in given.items() if taken))

    @property
    def group_sizes(self) -> frozenset[str]:
        """The group sizes that the query knows besides the metric's own columns."""
        return frozenset(self.groups) - {column.name for column in self.columns}

    @property
    def wholes(self) -> frozenset[str]:
        """The counts that shares are taken of and that the query knows besides the metric's own columns."""
        names = {column.share_of for column in self.columns if column.share_of}
        names |= {"numerator", "denominator"} if self.is_rate else set()
        return frozenset(names) - {column.name for column in self.columns}


def _key(name: str, kind: ColumnType, meaning: str, unit: Unit | None = None) -> Column:
    return Column(name, kind, meaning, unit, key=True)


def _count(name: str, meaning: str, *about: str, **rounding: Any) -> Column:
    return Column(name, ColumnType.COUNT, meaning, COUNT, about=about or ("people",), **rounding)


def _number(name: str, unit: Unit, meaning: str, *about: str, **rounding: Any) -> Column:
    return Column(name, ColumnType.NUMBER, meaning, unit, about=about or ("people",), **rounding)


def _range(*about: str) -> tuple[Column, ...]:
    return (
        _number("value", SHARE, "the rate, 0 to 1; missing where the denominator is 0", *about),
        _number("low", SHARE, "lower end of Wilson's 95 % interval", *about),
        _number("high", SHARE, "upper end of Wilson's 95 % interval", *about),
    )


def _rate(numerator: str, denominator: str, *about: str, rounds: bool = True) -> tuple[Column, ...]:
    return (
        _count("numerator", numerator, *about, share_of="denominator" if rounds else ""),
        _count("denominator", denominator, *about),
        *_range(*about),
    )


def _share_of(part: str, whole: str, meaning: str, *about: str) -> tuple[Column, ...]:
    """The columns `part`_share, _low and _high of a count as a share of another."""

    def end(rows: pd.DataFrame, *, place: int) -> pd.Series:
        parts, wholes = rows[part].astype("float64"), rows[whole].astype("float64")
        shares = parts / wholes.where(wholes > 0)
        if place == 0:
            return shares
        return shares.combine(wholes, lambda share, n: wilson(share, n)[place - 1])

    names = (
        ("share", meaning),
        ("low", "lower end of its 95 % interval"),
        ("high", "upper end of it"),
    )
    return tuple(
        _number(f"{part}_{name}", SHARE, words, *about, of_rounded=partial(end, place=place))
        for place, (name, words) in enumerate(names)
    )


def _end_of_step(rows: pd.DataFrame, *, end: int) -> pd.Series:
    """The lower (0) or upper (1) end of the interval of a step's share of the step before, from rounded counts."""
    before = rows["clients"].astype("float64").shift()
    return rows["share_of_previous"].combine(before, lambda share, n: wilson(share, n)[end])


def _followed(rows: pd.DataFrame) -> pd.DataFrame:
    # pandas takes a second to load, which a list of metrics does without.
    from coachroom.metrics.approach_followed import compare_followed  # noqa: PLC0415

    return compare_followed(rows)


def _versions(rows: pd.DataFrame) -> pd.DataFrame:
    from coachroom.metrics.versions import compare_versions  # noqa: PLC0415

    return compare_versions(rows)


def _version_failures(rows: pd.DataFrame) -> pd.DataFrame:
    from coachroom.metrics.versions import count_failures  # noqa: PLC0415

    return count_failures(rows)


# Each of them follows from the others: they are shown together or not at all. And those who are active are the
# returning and the dormant of the next interval: of a part of the community that would show what is hidden.
LIFECYCLE = ("new", "returning", "resurrecting", "dormant", "active")
RELIABLE = ("clients", "improved", "unchanged", "worsened")
INTERVAL_START = _key("interval_start", ColumnType.DATE, "first day of the day, ISO week or month")

WILSON = "Wilson 1927"
PRODUCT_ANALYTICS = "PostHog, Amplitude and Mixpanel"
GAS = "Kiresuk & Sherman 1968; Turner-Stokes 2009"

ENGAGEMENT = (
    Definition(
        id="session_duration",
        title="Session duration",
        area=Area.ENGAGEMENT,
        unit="seconds",
        meaning="How long valid sessions last.",
        formula="end − start of each valid session, by the interval of its start",
        columns=(
            INTERVAL_START,
            _count("sessions", "valid sessions"),
            _number("p50_seconds", SECONDS, "median duration", reach=OWN_SIZE),
            _number("p90_seconds", SECONDS, "duration that nine of ten sessions do not exceed", reach=OWN_SIZE),
            _number("mean_seconds", SECONDS, "mean duration", reach=OWN_SIZE),
            _number(
                "total_seconds",
                SECONDS,
                "all durations together",
                of_rounded=lambda rows: rows["mean_seconds"] * rows["sessions"],
            ),
        ),
        source="session_facts",
    ),
    Definition(
        id="session_outcomes",
        title="Session outcomes",
        area=Area.ENGAGEMENT,
        unit="sessions",
        meaning="How ended sessions ended, and how many of them count as valid.",
        formula="counts of all ended sessions by the interval of their start; bounced = no client turn, "
        "nothing written and not off the record",
        columns=(
            INTERVAL_START,
            _count("sessions", "ended sessions"),
            _count("completed", "ended by the client, the coach or the time limit"),
            _count("abandoned", "left before the end"),
            _count("failed", "the coach was never reached"),
            _count("bounced", "ended without a word of the client, said or written, whatever the status"),
            _count("valid", "valid sessions, the only ones most metrics count"),
        ),
        source="session_facts",
    ),
    Definition(
        id="written_sessions",
        title="Sessions in writing",
        area=Area.ENGAGEMENT,
        unit="share of sessions",
        meaning="How many sessions were held in writing, without the coach, and how often they came to a next step.",
        formula="sessions with all four steps written ÷ ended sessions in which the client wrote and said nothing",
        columns=(INTERVAL_START, *_rate("sessions that came to a next step", "ended sessions in writing")),
        appears_when="somebody has held a session in writing",
        source=f"session_facts; {WILSON}",
    ),
    Definition(
        id="human_sessions",
        title="Sessions with a human coach",
        area=Area.ENGAGEMENT,
        unit="sessions",
        meaning="How many sessions a human coach joined, and what they did there.",
        formula="valid sessions; those into which the client let a coach; hints to the AI coach, holds and "
        "take-overs in them; minutes from the first link to the end of the join",
        columns=(
            INTERVAL_START,
            _count("sessions", "valid sessions", "people", "joined_people"),
            _count("joined", "of these, joined by a human coach", "people", "joined_people", share_of="sessions"),
            _count("hints", "hints to the AI coach", "people", "joined_people"),
            _count("holds", "times the AI coach was asked to wait", "people", "joined_people"),
            _count("takeovers", "times the human coach went on alone", "people", "joined_people"),
            _number(
                *("human_minutes", MINUTES, "minutes that human coaches were there", "people", "joined_people"),
                reach=OWN_SIZE,
            ),
        ),
        appears_when="a human coach has joined a session",
        source="session_facts",
    ),
    Definition(
        id="appointments",
        title="Appointments",
        area=Area.ENGAGEMENT,
        unit="appointments",
        meaning="How many appointments there were to be, and what became of them: kept, moved, cancelled, or missed "
        "by one of the two.",
        formula="appointments by the interval in which they begin, as they stand now; moved: at least once; lead "
        "time: from booking to the begin",
        columns=(
            INTERVAL_START,
            _count("appointments", "appointments that were to begin"),
            _count("moved", "moved at least once", share_of="appointments"),
            _count("cancelled", "cancelled", share_of="appointments"),
            _count("kept", "at which everybody was there", share_of="appointments"),
            _count("missed_by_client", "at which the client alone was missing", share_of="appointments"),
            _count("missed_by_coach", "at which the human coach alone was missing", share_of="appointments"),
            _count("missed_by_both", "at which both were missing", share_of="appointments"),
            _number("p50_lead_days", DAYS, "median lead time", reach=OWN_SIZE),
        ),
        appears_when="an appointment was to begin",
        parts=PARTS_OF_PEOPLE,
        source="appointments",
    ),
    Definition(
        id="next_date",
        title="Sessions with a next date",
        area=Area.ENGAGEMENT,
        unit="share of sessions",
        meaning="After how many sessions the client has a next appointment, and how far away it is.",
        formula="valid sessions after which the client has an appointment that begins later, was made at most "
        "24 h after the session's end and was not cancelled by then ÷ valid sessions that ended at least 24 h before "
        "as_of; days from the session's end to the begin of the next one, as it stands now",
        columns=(
            INTERVAL_START,
            *_rate("valid sessions with a next date", "valid sessions that ended a day ago or more"),
            _number("p50_days", DAYS, "median time to the next date, where there is one", "planning", reach=OWN_SIZE),
        ),
        appears_when="a session ended more than a day ago",
        source=f"session_facts, appointments; {WILSON}",
        builds_on=("_next_dates",),
    ),
    Definition(
        id="next_date_comparison",
        title="Return with and without a next date",
        area=Area.ENGAGEMENT,
        unit="share of sessions",
        meaning="Whether clients come back after sessions with a next appointment, and after those without. This is "
        "no experiment: who makes an appointment may be who would have come back anyway.",
        formula="valid sessions after which the same client began another ≤ 14 × 24 h later ÷ valid sessions that "
        "started at least that long before as_of; next dates as in next_date",
        columns=(
            _key("next_date", ColumnType.TEXT, "with or without a next appointment"),
            *_rate("sessions after which the client came back", "sessions of which it is known", "smaller"),
        ),
        appears_when="a session is two weeks ago",
        parts=(),
        source=f"session_facts, appointments; {WILSON}",
        takes_interval=False,
        drops_small_groups=True,
        builds_on=("_next_dates",),
    ),
    Definition(
        id="active_clients",
        title="Active clients",
        area=Area.ENGAGEMENT,
        unit="clients",
        meaning="How many clients had a valid session on a day, and in the 7 and 30 days up to it.",
        formula="distinct clients with a valid session on d, in [d − 6, d], in [d − 29, d]; stickiness = dau ÷ mau",
        columns=(
            _key("day", ColumnType.DATE, "every day of the range"),
            _count("dau", "clients active on the day", "dau"),
            _count("wau", "clients active in the 7 days up to it", "wau"),
            _count("mau", "clients active in the 30 days up to it", "mau"),
            _number("stickiness", SHARE, "dau ÷ mau, 0 to 1; missing where mau is 0", "dau", "mau"),
        ),
        parts=PARTS_OF_PEOPLE,
        adds_up=(),
        source="session_facts",
        takes_interval=False,
    ),
    Definition(
        id="return_gaps",
        title="Days between sessions",
        area=Area.ENGAGEMENT,
        unit="returns",
        meaning="How many days clients let pass between one valid session and the next.",
        formula="calendar days between consecutive valid sessions of one client, counted by their number",
        columns=(
            _key("gap_days", ColumnType.COUNT, "calendar days since the session before, 0 = the same day", DAYS),
            _count("returns", "sessions that came after such a gap"),
        ),
        appears_when="a client has come back",
        parts=(),
        source="session_facts",
        takes_interval=False,
        drops_small_groups=True,
    ),
    Definition(
        id="return_rate",
        title="Return rate",
        area=Area.ENGAGEMENT,
        unit="share of clients",
        meaning="How many new clients come back for a second valid session within 7, 14 and 30 days.",
        formula="clients whose second valid session started ≤ k × 24 h after the first "
        "÷ clients whose first started at least k × 24 h before as_of",
        columns=(
            _key("within_days", ColumnType.COUNT, "k: 7, 14 or 30", DAYS),
            *_rate("clients who came back in time", "clients who had the time to", "denominator"),
        ),
        appears_when="somebody's first session is a week ago",
        parts=PARTS_OF_PEOPLE,
        source=f"session_facts; {WILSON}",
        takes_start=False,
        takes_interval=False,
        builds_on=("_second",),
    ),
    Definition(
        id="time_to_second_session",
        title="Time to the second session",
        area=Area.ENGAGEMENT,
        unit="share of clients",
        meaning="What share of clients has not come back, by the days since their first valid session.",
        formula="Kaplan–Meier: survival = Π (1 − returned ÷ at_risk), over calendar days, censored at as_of",
        columns=(
            _key("days", ColumnType.COUNT, "calendar days from the first to the second valid session", DAYS),
            _count("at_risk", "clients who had not come back before and are observed for so long", "at_risk"),
            _count("returned", "clients whose second session was on this day", "at_risk"),
            _number("survival", SHARE, "share of clients who have not come back up to and on this day", "at_risk"),
        ),
        parts=(),
        source="session_facts; Kaplan & Meier 1958",
        takes_start=False,
        takes_interval=False,
        drops_small_groups=True,
        builds_on=("_second",),
    ),
    Definition(
        id="retention",
        title="Retention",
        area=Area.ENGAGEMENT,
        unit="share of clients",
        meaning="What share of the clients who began together is still active N intervals later.",
        formula="clients of the cohort (interval of the first-ever valid session) active in period N (recurring), "
        "in any period ≥ N (unbounded) or in every period 1…N (cumulative) ÷ cohort_size",
        columns=(
            _key("cohort_start", ColumnType.DATE, "first day of the interval in which the cohort began"),
            _key("period", ColumnType.COUNT, "N: intervals since then, 0 = the cohort itself", COUNT),
            _count("cohort_size", "clients of the cohort", "cohort_size"),
            _count(
                "retained",
                "of these, the clients active by the kind asked for",
                "cohort_size",
                share_of="cohort_size",
            ),
            *_range("cohort_size"),
            Column("mature", ColumnType.FLAG, "the period has ended by as_of"),
        ),
        appears_when="the first session has taken place",
        parts=PARTS_OF_PEOPLE,
        drops_small_groups=True,
        once=("cohort_size",),
        source=f"session_facts; {PRODUCT_ANALYTICS}; {WILSON}",
        takes_start=False,
        takes_kind=True,
        builds_on=("_paths",),
    ),
    Definition(
        id="lifecycle",
        title="Lifecycle",
        area=Area.ENGAGEMENT,
        unit="clients",
        meaning="Who is new, who came again, who came back and who stayed away, from one interval to the next.",
        formula="new + returning + resurrecting = active; dormant = active in the interval before, not in this one",
        columns=(
            INTERVAL_START,
            _count("new", "first-ever valid session in this interval", *LIFECYCLE),
            _count("returning", "active in this interval and the one before", *LIFECYCLE),
            _count("resurrecting", "active in this interval, not in the one before, and not new", *LIFECYCLE),
            _count("dormant", "active in the interval before, not in this one", *LIFECYCLE),
            _count("active", "clients with a valid session", "active"),
        ),
        parts=(),
        adds_up=("new",),
        once=("new",),
        source=f"session_facts; {PRODUCT_ANALYTICS}",
        builds_on=("_paths",),
    ),
    Definition(
        id="funnel",
        title="From invitation to second session",
        area=Area.ENGAGEMENT,
        unit="clients",
        meaning="How many of the clients who were invited signed in, agreed to the notice, had a first valid session "
        "and a second one.",
        formula="clients put on the roster in the range, by the step they reached by as_of; who reached a step has "
        "reached those before it",
        columns=(
            _key("step", ColumnType.TEXT, "what was reached, in the order of the steps"),
            _count("clients", "clients who came so far or farther", "invited", share_of="invited"),
            _number(
                "share_of_first",
                SHARE,
                "clients ÷ those invited",
                "invited",
                of_rounded=lambda rows: (each := rows["clients"].astype("float64")) / each.iloc[0],
            ),
            _number(
                "share_of_previous",
                SHARE,
                "clients ÷ those of the step before; missing for the first",
                "invited",
                of_rounded=lambda rows: (each := rows["clients"].astype("float64")) / each.shift(),
            ),
            *(
                _number(
                    name,
                    SHARE,
                    f"{which} end of Wilson's 95 % interval of that share",
                    "invited",
                    of_rounded=partial(_end_of_step, end=end),
                )
                for end, (name, which) in enumerate((("low", "lower"), ("high", "upper")))
            ),
        ),
        appears_when="there is a client on the roster",
        parts=(),
        source=f"members, client_profiles, consents, session_facts; {WILSON}",
        takes_interval=False,
        rounds_rate=False,
    ),
    Definition(
        id="membership_survival",
        title="Who stays a member",
        area=Area.ENGAGEMENT,
        unit="share of members",
        meaning="What share of clients is still a member, by the months since they joined, with and without a valid "
        "session in their first 30 days. This is no experiment: who comes early may be who would have stayed anyway.",
        formula="Kaplan–Meier from day 30 after joining on, by the day of leaving, censored at as_of; of clients who "
        "were put on the roster, and had not left, by day 30; log-log intervals with Greenwood's variance",
        columns=(
            _key("sessions", ColumnType.TEXT, "with or without a valid session in the first 30 days after joining"),
            _key("months", ColumnType.COUNT, "30-day months since joining; 1 = where watching begins", COUNT),
            _count("members", "clients of the group who were members at day 30", "at_risk"),
            _count("at_risk", "those who are members, and are watched, for so long", "at_risk"),
            _count("left", "those who have left by then", "at_risk"),
            _number("survival", SHARE, "share who have not left by then", "at_risk"),
            _number("lower", SHARE, "lower end of its 95 % interval; missing where all or none have left", "at_risk"),
            _number("upper", SHARE, "upper end of its 95 % interval", "at_risk"),
        ),
        appears_when="a client has been a member for 30 days",
        parts=(),
        source="members, session_facts; Kaplan & Meier 1958; Greenwood 1926; landmarks: Anderson et al. 1983",
        takes_start=False,
        takes_interval=False,
        drops_small_groups=True,
        # Whoever ever had a session is in these: they were members until then for certain.
        never_by=(SegmentBy.COHORT, SegmentBy.AGENT),
    ),
)

SATISFACTION = (
    Definition(
        id="csat",
        title="Satisfied clients",
        area=Area.SATISFACTION,
        unit="share of ratings",
        meaning="What share of ratings is 4 or 5 of 5, and how many sessions are rated at all.",
        formula="ratings of 4 or 5 ÷ all ratings, by the interval of the session's start",
        columns=(
            INTERVAL_START,
            _count("responses", "ratings, whatever became of the session"),
            _count("sessions", "valid sessions on the record", "visitors"),
            _number(
                "response_rate",
                SHARE,
                "rated valid sessions ÷ valid sessions on the record",
                "people",
                "visitors",
                reach=2,
            ),
            *_rate("ratings of 4 or 5", "all ratings"),
            _number("mean_rating", STARS, "mean rating, 1 to 5", reach=4),
        ),
        appears_when="clients have rated a session",
        source=f"feedback, session_facts; top-2-box; {WILSON}",
    ),
    Definition(
        id="nps",
        title="Net promoter score",
        area=Area.SATISFACTION,
        unit="points from −100 to 100",
        meaning="How many more clients would recommend the coaching than advise against it.",
        formula="100 × (promoters − detractors) ÷ answers, by the interval of the session's start",
        columns=(
            INTERVAL_START,
            _count("promoters", "answers of 9 or 10", share_of="answers"),
            _count(
                "passives",
                "answers of 7 or 8",
                of_rounded=lambda rows: rows["answers"] - rows["promoters"] - rows["detractors"],
            ),
            _count("detractors", "answers of 0 to 6", share_of="answers", halves_down=True),
            _number(
                "value",
                POINTS,
                "100 × (promoters − detractors) ÷ answers",
                of_rounded=lambda rows: 100 * (rows["promoters"] - rows["detractors"]) / rows["answers"],
            ),
        ),
        appears_when="clients have said whether they would recommend the coaching",
        source="feedback, session_facts; Reichheld 2003",
    ),
    Definition(
        id="check_in",
        title="Session check-in",
        area=Area.SATISFACTION,
        unit="points from 0 to 40",
        meaning="How a session felt to the client: a prompt to talk, not a grade.",
        formula="four items of 0 to 10 (heard, right topics, approach fits, overall) added, by the session's start; "
        "two are asked after a session and two after the next, to which the check-in counts",
        columns=(
            INTERVAL_START,
            _count("answers", "check-ins"),
            _number("p50_total", POINTS, "median of the totals", reach=40),
            _count("below_36", "totals under 36, worth a talk", share_of="answers"),
        ),
        appears_when="clients have answered the check-in after a session",
        source="check_ins, session_facts",
    ),
    Definition(
        id="human_comparison",
        title="With and without a human coach",
        area=Area.SATISFACTION,
        unit="share of sessions",
        meaning="Whether clients are satisfied and come back after sessions that a human coach joined, and after "
        "others. This is no experiment: who is joined may be who needs it most, or who comes anyway.",
        formula="satisfied: ratings of 4 or 5 ÷ all ratings of valid sessions; returned: valid sessions after which "
        "the same client began another ≤ 14 × 24 h later ÷ valid sessions that started at least that long before "
        "as_of",
        columns=(
            _key("measure", ColumnType.TEXT, "satisfied or returned"),
            _key("human", ColumnType.TEXT, "with or without a human coach in the session"),
            *_rate("sessions of which it is so", "sessions of which it is known", "smaller"),
        ),
        appears_when="a session was rated, or is two weeks ago",
        parts=(),
        source=f"session_facts, feedback; {WILSON}",
        takes_interval=False,
        drops_small_groups=True,
    ),
)

APPROACH = (
    Definition(
        id="approach_choice",
        title="Chosen ways of working",
        area=Area.SATISFACTION,
        unit="clients",
        meaning="How clients want the coach to work with them: tone, pace, opening, and who sets the course. What a "
        "client only tries counts while they try it.",
        formula="clients with a valid session in the range, by what stood in the briefing of their last one; “as it "
        "comes” is a row; share: of all of them",
        columns=(
            _key("field", ColumnType.TEXT, "tone, pace, opening or lead"),
            _key("value", ColumnType.TEXT, "what was chosen, or as it comes"),
            _count("clients", "clients", "smaller"),
            _number("share", SHARE, "clients ÷ all of them", "smaller", reach=1),
        ),
        appears_when="there has been a valid session with a briefing",
        parts=(),
        source="session_approach, session_facts",
        takes_interval=False,
        drops_small_groups=True,
    ),
    Definition(
        id="approach_asked",
        title="Asked how the coach should work",
        area=Area.SATISFACTION,
        unit="questions",
        meaning="How often clients are asked how the coach should work with them, how many answer, and how often "
        "they keep what they tried.",
        formula="answered ÷ asked and changed ÷ asked, by the day of the question; kept and dropped ÷ trials that "
        "ended, by the day of their end; each with Wilson's 95 % interval",
        columns=(
            INTERVAL_START,
            _count("asked", "questions"),
            _count("answered", "answered", share_of="asked"),
            _count("changed", "answered with something to try", share_of="asked"),
            _count("tried", "trials that ended", "triers"),
            _count("kept", "kept after the trial", "triers", share_of="tried"),
            _count("dropped", "not kept", "triers", of_rounded=lambda rows: rows["tried"] - rows["kept"]),
            *_share_of("answered", "asked", "answered ÷ asked", "people"),
            *_share_of("changed", "asked", "changed ÷ asked", "people"),
            *_share_of("kept", "tried", "kept ÷ trials that ended", "triers"),
            *_share_of("dropped", "tried", "dropped ÷ trials that ended", "triers"),
        ),
        appears_when="a client was asked how the coach should work",
        parts=PARTS_OF_PEOPLE,
        source=f"approach_asks, approach_choices; {WILSON}",
    ),
    Definition(
        id="approach_fits",
        title="The way of working suits",
        area=Area.SATISFACTION,
        unit="points from 0 to 10",
        meaning="Whether the coach's way of working suits the client. It is not compared by what they chose: who "
        "chooses differs from who does not.",
        formula="answers of 0 to 10 beside the stars, over valid sessions on the record, by their start",
        columns=(
            INTERVAL_START,
            _count("answers", "answers"),
            _count("sessions", "valid sessions on the record", "visitors"),
            _number("response_rate", SHARE, "answers ÷ sessions", "people", "visitors", reach=2),
            _number("p50", POINTS, "median of the answers", reach=10),
            _count("below_6", "answers under 6, worth a talk", share_of="answers"),
        ),
        appears_when="clients have said whether the way of working suits them",
        source="session_questions, session_facts",
    ),
)

QUALITY = (
    Definition(
        id="approach_followed",
        title="Is the wish followed?",
        area=Area.QUALITY,
        unit="words a turn; shares",
        meaning="Whether the coach does as clients wish: shorter turns, the open action taken up at the opening, "
        "fewer questions where the client sets the course. It describes the coach and not what a wish does: clients "
        "who choose differ.",
        formula="valid sessions with the wish beside those without any in its field. pace: median of the coach's "
        "words a turn; opening check_back: share of sessions whose first three turns of the coach share a content "
        "word with an open action's title; lead client: median share of the coach's turns with a question. Interval: "
        "95 % of 2,000 resamples of clients, fixed seed. Nothing below 20 sessions and 10 clients a side",
        columns=(
            _key("field", ColumnType.TEXT, "pace, opening or lead"),
            _key("value", ColumnType.TEXT, "what was wished"),
            _count("sessions", "valid sessions with the wish", "smaller"),
            _count("clients", "their clients", "smaller"),
            _number("p50_with", PLAIN, "with the wish: words a turn, or a share", "smaller", reach=OWN_SIZE),
            _number("p50_without", PLAIN, "the same without a wish", "smaller", reach=OWN_SIZE),
            _number(
                "difference",
                PLAIN,
                "with − without",
                "smaller",
                of_rounded=lambda rows: rows["p50_with"] - rows["p50_without"],
            ),
            _number("low", PLAIN, "lower end of the difference's 95 % interval", "smaller", reach=OWN_SIZE),
            _number("high", PLAIN, "upper end of it", "smaller", reach=OWN_SIZE),
        ),
        appears_when="20 sessions of 10 clients with a wish, and as many without, are there",
        parts=(),
        source="session_approach, session_facts; bootstrap by clients, Efron & Tibshirani 1993",
        takes_interval=False,
        drops_small_groups=True,
        reads=("field", "value", "person", "wished", "measure"),
        made_of=_followed,
    ),
    Definition(
        id="turns",
        title="Turns and words",
        area=Area.QUALITY,
        unit="turns, words",
        meaning="How much the client and the coach say in a valid session.",
        formula="medians over valid sessions on the record, by the interval of their start; words are separated by "
        "white space",
        columns=(
            INTERVAL_START,
            _number("p50_client_turns", TURNS, "median of the client's turns", reach=OWN_SIZE),
            _number("p50_agent_turns", TURNS, "median of the coach's turns", reach=OWN_SIZE),
            _number("p50_client_words", WORDS, "median of the client's words", reach=OWN_SIZE),
            _number("p50_agent_words", WORDS, "median of the coach's words", reach=OWN_SIZE),
        ),
        source="session_facts",
    ),
    Definition(
        id="talk_ratio",
        title="Coach's share of words",
        area=Area.QUALITY,
        unit="share of words",
        meaning="How much of what is said the coach says: up to 40 % is good coaching, over 60 % is flagged.",
        formula="agent words ÷ (agent + client words) of each valid session with words (not speaking time)",
        columns=(
            INTERVAL_START,
            _count("sessions", "valid sessions with words"),
            _number("p50", SHARE, "median share, 0 to 1", reach=1),
            _count("over_60_percent", "sessions with a share over 0.6", share_of="sessions"),
        ),
        source="session_facts",
    ),
    Definition(
        id="turn_latency",
        title="Response time",
        area=Area.QUALITY,
        unit="milliseconds",
        meaning="How long the client waits for the coach's voice after speaking.",
        formula="end of the client's voice, as the microphone hears it, → first sound of the coach, as the page "
        "plays it, over all answers to spoken words in ended sessions; that the voice has ended is known 200 ms "
        "later, which is no part of the wait; sessions before December 2026 have none",
        columns=(
            INTERVAL_START,
            _count("turns", "coach's answers to spoken words that were timed"),
            _number("p50_ms", MILLISECONDS, "median", reach=OWN_SIZE),
            _number("p95_ms", MILLISECONDS, "what 19 of 20 answers do not exceed", reach=OWN_SIZE),
            _number("max_ms", MILLISECONDS, "the longest", reach=OWN_SIZE),
        ),
        appears_when="somebody has spoken with the coach aloud",
        source="session_facts; reference points: Stivers 2009 (about 200 ms between people), "
        "Hamming (voice agents: p50 1.4–1.7 s, p95 4.3–5.4 s)",
    ),
    Definition(
        id="latency_parts",
        title="Parts of the response time",
        area=Area.QUALITY,
        unit="milliseconds",
        meaning="Where the time goes between the client's words and the coach's, and other waits beside it.",
        formula="over the timed turns of ended sessions: end of the client's voice → transcript, transcript → first "
        "sound, first word of an interruption → the coach's silence, typed words → first sound or text; apart "
        "from them, what was measured before December 2026: transcript → first sound, typed turns among them",
        columns=(
            INTERVAL_START,
            _key(
                "part",
                ColumnType.TEXT,
                "end_to_transcript, transcript_to_sound, interruption_to_silence, typed_to_answer or "
                "as_measured_before",
            ),
            _count("turns", "coach's turns that were timed"),
            _number("p50_ms", MILLISECONDS, "median", reach=OWN_SIZE),
            _number("p95_ms", MILLISECONDS, "what 19 of 20 do not exceed", reach=OWN_SIZE),
            _number("max_ms", MILLISECONDS, "the longest", reach=OWN_SIZE),
        ),
        drops_small_groups=True,
        appears_when="somebody has talked with the coach",
        source="session_facts",
    ),
    Definition(
        id="cut_ins",
        title="Cut-ins",
        area=Area.QUALITY,
        unit="share of turns",
        meaning="How often the coach begins to speak while the client's thought goes on.",
        formula="coach's turns within 1.5 s of whose first sound the client, who had spoken before, is heard again "
        "÷ coach's turns whose first sound was heard, over all ended sessions",
        columns=(
            INTERVAL_START,
            *_rate("coach's turns that cut in", "coach's turns whose first sound was heard"),
        ),
        appears_when="somebody has talked with the coach aloud",
        source=f"session_facts; {WILSON}",
    ),
    Definition(
        id="silences",
        title="Long silences",
        area=Area.QUALITY,
        unit="silences",
        meaning="How often nobody is heard for ten seconds and more, and who speaks first again.",
        formula="stretches of 10 s and more in a call without the client's voice, typed words or the coach's sound, "
        "by who ended them, over all ended sessions in which the coach was heard",
        columns=(
            INTERVAL_START,
            _count("sessions", "ended sessions in which the coach was heard"),
            _count("by_client", "silences that the client broke"),
            _count("by_agent", "silences that the coach broke"),
            _count("by_nobody", "silences in which the call ended"),
        ),
        appears_when="somebody has talked with the coach aloud",
        source="session_facts",
    ),
    Definition(
        id="reconnects",
        title="Broken lines",
        area=Area.QUALITY,
        unit="sessions",
        meaning="How often a line breaks and comes back, how long that takes, and how often it does not.",
        formula="calls that broke, whose line was dead or whose coach fell silent, → the next call of the same "
        "session; given up = there was no next call; over all ended sessions with a call",
        columns=(
            INTERVAL_START,
            _count("sessions", "ended sessions with a call"),
            _count("with_reconnect", "sessions with a line that broke and came back"),
            _number("p50_seconds", SECONDS, "median time until it was back", reach=OWN_SIZE),
            _number("p95_seconds", SECONDS, "what 19 of 20 do not exceed", reach=OWN_SIZE),
            _count("given_up", "lines that broke and did not come back"),
        ),
        appears_when="somebody has talked with the coach",
        source="session_facts",
    ),
    Definition(
        id="barge_in_rate",
        title="Interruptions",
        area=Area.QUALITY,
        unit="share of turns",
        meaning="How often the client cuts the coach short.",
        formula="coach's turns that the client interrupted ÷ coach's turns, over all ended sessions",
        columns=(INTERVAL_START, *_rate("interrupted turns of the coach", "turns of the coach")),
        source=f"session_facts; {WILSON}",
    ),
    Definition(
        id="pauses",
        title="Pauses",
        area=Area.QUALITY,
        unit="share of sessions",
        meaning="How often clients pause, and how often their phone does it by taking the microphone.",
        formula="valid sessions with a pause ÷ valid sessions; paused time is no part of a session's duration",
        columns=(
            INTERVAL_START,
            *_rate("valid sessions with a pause", "valid sessions"),
            _count("pauses", "pauses in them"),
            _count("interruptions", "of these, begun by the phone or computer", share_of="pauses"),
            _number(
                "p50_seconds", SECONDS, "median paused time of a session with a pause", "pausing", reach=OWN_SIZE
            ),
        ),
        source=f"session_facts; {WILSON}",
    ),
    Definition(
        id="task_success",
        title="Successful conversations",
        area=Area.QUALITY,
        unit="share of evaluations",
        meaning="How often the provider's evaluation calls the conversation a success.",
        formula="success ÷ (success + failure), over ended sessions; unknown is shown apart",
        columns=(
            INTERVAL_START,
            _count("success", "conversations evaluated as success", share_of="denominator"),
            _count(
                "failure",
                "conversations evaluated as failure",
                of_rounded=lambda rows: rows["denominator"] - rows["success"],
            ),
            _count("unknown", "conversations the evaluation could not decide"),
            *_range(),
        ),
        appears_when="conversations have been evaluated",
        source=f"evaluations, session_facts; {WILSON}",
    ),
    Definition(
        id="failure_rate",
        title="Failed sessions",
        area=Area.QUALITY,
        unit="share of sessions",
        meaning="How often a session fails, and why.",
        formula="failed sessions of a cause ÷ all ended sessions of the interval; a row for each cause that occurred",
        columns=(
            INTERVAL_START,
            _key("cause", ColumnType.TEXT, "the end reason on record, or unknown"),
            *_rate("failed sessions of this cause", "ended sessions", rounds=False),
        ),
        counted_in="session_outcomes",
        rounds_rate=False,
        drops_small_groups=True,
        source=f"session_facts; {WILSON}",
    ),
    Definition(
        id="version_comparison",
        title="Versions side by side",
        area=Area.QUALITY,
        unit="stars",
        meaning="How clients who were drawn into a new version of the AI coach rate their sessions, beside those who "
        "were drawn into the standing one. No mean and no difference is told before the planned size is reached, nor "
        "of a comparison that was stopped early.",
        formula="valid sessions on the record of clients drawn in the comparison, without its first 50, since the "
        "draw, by the version drawn and not met. difference = mean of the candidate − mean of the standing version; "
        "sandwich variance by client, held against each one's share of the ratings, t with Satterthwaite's degrees "
        "of freedom; nothing below 10 clients with ratings a version",
        columns=(
            _key("comparison", ColumnType.TEXT, "the comparison's title"),
            _key("version", ColumnType.TEXT, "standing or candidate, as drawn"),
            _count("clients", "clients with a session", "smaller"),
            _count("sessions", "their valid sessions", "smaller"),
            _count("rated", "of these, rated ones", "smaller", share_of="sessions"),
            _number(
                "response_rate",
                SHARE,
                "rated ÷ sessions",
                "smaller",
                of_rounded=lambda rows: rows["rated"].astype("float64") / rows["sessions"].astype("float64"),
            ),
            _number("mean_rating", STARS, "mean of their ratings", "smaller", reach=OWN_SIZE),
            _number("difference", STARS, "candidate − standing, in the candidate's row", "smaller", reach=OWN_SIZE),
            _number("low", STARS, "lower end of its 95 % interval", "smaller", reach=OWN_SIZE),
            _number("high", STARS, "upper end of it", "smaller", reach=OWN_SIZE),
            _count("planned_sessions", "valid sessions at which it ends", "smaller"),
            Column("state", ColumnType.TEXT, "running, stopped, finished or decided", about=("smaller",)),
        ),
        appears_when="two versions have been compared (`COACHROOM_COMPARISONS`)",
        takes_start=False,
        takes_interval=False,
        parts=(),
        never_by=tuple(SegmentBy),
        drops_small_groups=True,
        builds_on=("_version_sessions",),
        source="comparisons, comparison_draws, session_facts, feedback; cluster-robust variance, Bell & McCaffrey "
        "2002",
        reads=("comparison", "version", "person", "is_rated", "rating", "planned_sessions", "state"),
        made_of=_versions,
    ),
    Definition(
        id="version_failures",
        title="Failures of versions side by side",
        area=Area.QUALITY,
        unit="share of sessions",
        meaning="How often sessions fail with each of two versions of the AI coach, also while they are compared.",
        formula="failed sessions of a cause ÷ all ended sessions of clients drawn in the comparison, its first 50 "
        "included, since the draw, by the version drawn; a row for each cause that occurred in either",
        columns=(
            _key("comparison", ColumnType.TEXT, "the comparison's title"),
            _key("version", ColumnType.TEXT, "standing or candidate, as drawn"),
            _key("cause", ColumnType.TEXT, "the end reason on record, or unknown"),
            *_rate("failed sessions of this cause", "ended sessions", "smaller", rounds=False),
        ),
        appears_when="a session has failed while two versions were compared (`COACHROOM_COMPARISONS`)",
        takes_start=False,
        takes_interval=False,
        parts=(),
        never_by=tuple(SegmentBy),
        rounds_rate=False,
        drops_small_groups=True,
        builds_on=("_version_sessions",),
        source=f"comparisons, comparison_draws, session_facts; {WILSON}",
        reads=("comparison", "version", "person", "cause"),
        made_of=_version_failures,
    ),
)

EFFECTIVENESS = (
    Definition(
        id="goal_attainment",
        title="Goal attainment",
        area=Area.EFFECTIVENESS,
        unit="T score (50 = as expected)",
        meaning="How far clients come with the goals they set, weighted by importance and difficulty.",
        formula="T = 50 + 10·Σwx ÷ √((1 − 0.30)·Σw² + 0.30·(Σw)²) over a client's goals reviewed in the interval: "
        "x = latest check-in (−2 to 2), w = importance × difficulty, goals of weight 0 left out; "
        "value = goals at x ≥ 0 ÷ goals reviewed",
        columns=(
            INTERVAL_START,
            _count("clients", "clients with a reviewed goal", "clients"),
            _number("p50_t", T_SCORE, "median T of the clients", "clients", reach=40),
            _number("p50_change", T_SCORE, "median of T − the client's first-ever T", "clients", reach=40),
            _count("goals_reviewed", "goals with a check-in", "clients"),
            _count("at_or_above", "of these, at the expected level or above", "clients", share_of="goals_reviewed"),
            *_range("clients"),
        ),
        appears_when="clients have set goals and checked in on them",
        parts=PARTS_OF_PEOPLE,
        source=f"goals, goal_checkins; {GAS}; {WILSON}; reference point: Terblanche 2022 (55 % with an AI coach, "
        "24 % without)",
        builds_on=("_goals",),
    ),
    Definition(
        id="action_completion",
        title="Next steps done",
        area=Area.EFFECTIVENESS,
        unit="share of next steps",
        meaning="How many of the next steps that were due got done in time.",
        formula="on_time ÷ due, by the interval of the due date; what was done at or after as_of is still open",
        columns=(
            INTERVAL_START,
            _count("due", "next steps due"),
            _count("on_time", "done by then", share_of="due"),
            _count("late", "done later", share_of="due"),
            _count("dropped", "given up", share_of="due"),
            *_range(),
        ),
        appears_when="a next step that somebody agreed on is due",
        parts=PARTS_OF_PEOPLE,
        source=f"actions; {WILSON}",
        builds_on=("_due_actions",),
    ),
    Definition(
        id="steps_answered",
        title="Next steps answered in time",
        area=Area.EFFECTIVENESS,
        unit="share of next steps",
        meaning="How many of the next steps that were due got an answer soon: done, or dropped.",
        formula="next steps done or dropped at most 48 h after their day ended ÷ next steps whose day ended at least "
        "48 h before as_of; of those dropped before December 2026 it is not known when: they count as not answered",
        columns=(
            INTERVAL_START,
            *_rate("next steps that were answered in time", "next steps whose 48 hours are over"),
        ),
        appears_when="a next step was due more than two days ago",
        parts=PARTS_OF_PEOPLE,
        source=f"actions; {WILSON}",
        builds_on=("_due_actions",),
    ),
    Definition(
        id="confidence_change",
        title="Change in confidence",
        area=Area.EFFECTIVENESS,
        unit="points",
        meaning="How much more confident clients are after a session than before it.",
        formula="median of (after − before), each 0 to 10, over ended sessions with both answers; asked in the "
        "conversation, and now and then, where it was not, after the session",
        columns=(
            INTERVAL_START,
            _count("sessions", "ended sessions with both answers"),
            _number("p50_change", POINTS, "median change, −10 to 10", reach=10),
        ),
        appears_when="clients have said how confident they are before and after a session",
        source="confidence (the provider's analysis, or the client's own answer), session_facts",
    ),
    Definition(
        id="reliable_change",
        title="Reliable change",
        area=Area.EFFECTIVENESS,
        unit="clients",
        meaning="How many clients changed by more than measurement error explains, over 90 days or more.",
        formula="RCI = (last T − first T) ÷ (√2·SD·√(1 − r)) with SD = 10 and r = 0.80; improved > 1.96, "
        "worsened < −1.96; clients whose first and last check-in lie at least 90 days apart",
        columns=(
            _count("clients", "clients with 90 days of data", *RELIABLE),
            _count("improved", "clients with a reliable gain", *RELIABLE),
            _count("unchanged", "clients without a reliable change", *RELIABLE),
            _count("worsened", "clients with a reliable loss", *RELIABLE),
        ),
        appears_when="clients have checked in on their goals for 90 days",
        parts=PARTS_OF_PEOPLE,
        source="goals, goal_checkins; Jacobson & Truax 1991",
        takes_start=False,
        builds_on=("_goals",),
    ),
)

DEFINITIONS: tuple[Definition, ...] = (*ENGAGEMENT, *SATISFACTION, *APPROACH, *QUALITY, *EFFECTIVENESS)
_BY_ID = {metric.id: metric for metric in DEFINITIONS}


def definition(metric_id: str) -> Definition:
    """The definition with this id. Raises MetricError with a suggestion."""
    try:
        return _BY_ID[metric_id]
    except KeyError:
        way_out = did_you_mean(metric_id, _BY_ID, "`python -m coachroom metrics` lists them.")
        raise MetricError(f"There is no metric {metric_id}; {way_out}") from None


def as_documents() -> list[dict[str, Any]]:
    """Every definition as plain lists and dictionaries, fit for JSON."""
    return [
        {
            "id": metric.id,
            "title": metric.title,
            "area": metric.area.value,
            "unit": metric.unit,
            "meaning": metric.meaning,
            "formula": metric.formula,
            "columns": [
                {"name": column.name, "type": column.type.value, "key": column.key, "meaning": column.meaning}
                | ({"unit": column.unit.name} if column.unit else {})
                for column in metric.columns
            ],
            "parameters": list(metric.parameters),
            "source": metric.source,
        }
        for metric in DEFINITIONS
    ]
