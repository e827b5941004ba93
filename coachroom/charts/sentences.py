"""What a chart shows, in one sentence made from the same frame: for who cannot see it, and for who is in a hurry."""

from __future__ import annotations

from datetime import date

import pandas as pd

from coachroom.charts import formatting
from coachroom.charts.formatting import in_interval, percent, some
from coachroom.charts.frames import FEW
from coachroom.charts.headlines import LEADS, PARTS, Headline
from coachroom.metrics.parameters import Interval

NOTHING = "There is nothing to show yet."
PERIODS_SAID = (1, 4, 12)
# The groups of membership_survival, in words.
EARLY_SESSIONS = {"with": "with a session in the first 30 days", "without": "without one"}
NO_EXPERIMENT = "This is no experiment: who comes early may be who would have stayed anyway."
# The measures of human_comparison, in words, and why they prove nothing.
HUMAN_MEASURES = {"satisfied": "rated 4 or 5", "returned": "came back within 14 days"}
HUMANS = {"with": "with a human coach", "without": "without"}
# The groups of next_date_comparison.
NEXT_DATES = {"with": "with a next date", "without": "without"}
CHOSEN_DATES = "This is no experiment: who makes an appointment may be who would have come back anyway."
CHOSEN_SESSIONS = "This is no experiment: a coach may join whoever needs it most, or whoever comes anyway."

# The fields and values of approach_choice and approach_followed, in words.
APPROACH_FIELDS = {"tone": "Tone", "pace": "Pace", "opening": "Opening", "lead": "Course"}
AS_IT_COMES = "as it comes"
APPROACH_VALUES = {
    "direct": "direct",
    "gentle": "gentle",
    "short": "short",
    "exploring": "exploring",
    "check_back": "what was agreed",
    "goal": "their goals",
    "open": "what they bring",
    "client": "set by the client",
    "coach": "set by the AI coach",
    AS_IT_COMES: AS_IT_COMES,
}
# The versions of version_comparison and version_failures, in words.
VERSIONS = {"standing": "standing version", "candidate": "new version"}
FOLLOWED = {
    ("pace", "short"): "Short answers wished: words a turn",
    ("pace", "exploring"): "Room to explore wished: words a turn",
    ("opening", "check_back"): "Opening with what was agreed wished: sessions that did",
    ("lead", "client"): "Own course wished: turns with a question",
}


def sentence(
    metric_id: str, frame: pd.DataFrame, interval: Interval = Interval.WEEK, open_from: date | None = None
) -> str:
    """One sentence on the metric's frame; the interval from `open_from` on is not over yet."""
    own = OWN_SENTENCES.get(metric_id)
    if own is not None:
        return own(frame, interval)
    lead = LEADS[metric_id]
    return along_time(lead, frame, Interval.DAY if lead.at == "day" else interval, open_from)


def along_time(lead: Headline, frame: pd.DataFrame, interval: Interval, open_from: date | None = None) -> str:
    """The latest number, the cases it is based on, and the range of all of them."""
    known = frame.dropna(subset=[lead.column])
    if known.empty:
        return NOTHING
    last = known.iloc[-1]
    text = f"{lead.label}: {lead.form(float(last[lead.column]))} {in_interval(last[lead.at], interval)}"
    if open_from is not None and last[lead.at] >= pd.Timestamp(open_from):
        text += " so far"
    text += _in_brackets(known.tail(1), lead)
    if len(known) > 1:
        low, high = (lead.form(float(edge)) for edge in (known[lead.column].min(), known[lead.column].max()))
        text += f"; between {low} and {high} over {len(known)} {interval.value}s"
    return text + "."


def _in_brackets(row: pd.DataFrame, lead: Headline) -> str:
    notes = []
    if lead.unit.sign:
        # As the table and the file have it; the sentence reads it in larger units.
        notes.append(f"{row[lead.column].iloc[0]:,.0f}{formatting.UNBROKEN}{lead.unit.sign}")
    if lead.n:
        n = int(lead.case_count(row).iloc[0])
        hits = f"{int(row[list(lead.hits)].iloc[0].sum()):,} of " if lead.hits else ""
        notes.append(f"{hits}{n:,} {lead.of if n != 1 else lead.of.removesuffix('s')}")
    if lead.is_rate and {"low", "high"} <= set(row.columns):
        notes.append(between(row["low"].iloc[0], row["high"].iloc[0]))
    return f" ({', '.join(notes)})" if notes else ""


def between(low: float, high: float) -> str:
    """Such as "95 % interval 69 to 90 %"."""
    return f"95{formatting.UNBROKEN}% interval {percent(low)[:-2]} to {percent(high)}"


def _return_gaps(frame: pd.DataFrame, _: Interval) -> str:
    total = int(frame["returns"].sum())
    if not total:
        return NOTHING
    half = frame.loc[frame["returns"].cumsum() >= total / 2, "gap_days"].iloc[0]
    soon = int(frame.loc[frame["gap_days"] <= 7, "returns"].sum())
    return (
        f"Days between sessions: of {some(total, 'return')} half came within {some(int(half), 'day')}, "
        f"{percent(soon / total)} within a week."
    )


def _return_rate(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["value"])
    if known.empty:
        return NOTHING
    parts = [
        f"{percent(row.value)} within {row.within_days} days ({row.numerator:,} of {row.denominator:,}, "
        f"{between(row.low, row.high)})"
        for row in known.itertuples()
    ]
    return f"New clients who came back: {', '.join(parts)}."


def _time_to_second(frame: pd.DataFrame, _: Interval) -> str:
    if frame.empty:
        return NOTHING
    at_risk = int(frame["at_risk"].iloc[0])
    parts = [
        f"{percent(float(frame.loc[frame['days'] <= days, 'survival'].iloc[-1]))} after {days} days"
        for days in (7, 30)
        if frame["days"].min() <= days <= frame["days"].max()
    ]
    if not parts:
        return f"{some(at_risk, 'client')} so far, all still within the first days."
    return f"Of {some(at_risk, 'client')} these had not come back: {', '.join(parts)}."


def _retention(frame: pd.DataFrame, interval: Interval) -> str:
    known = frame[frame["mature"]].dropna(subset=["retained", "cohort_size"])
    if known.empty:
        return NOTHING
    parts = []
    for period in PERIODS_SAID:
        rows = known[known["period"] == period]
        size = int(rows["cohort_size"].sum())
        if size:
            share = percent(int(rows["retained"].sum()) / size)
            parts.append(f"{share} after {some(period, interval.value)} ({size:,} clients)")
    cohorts = some(int(known["cohort_start"].nunique()), "cohort")
    return (
        f"Still active, over {cohorts}: {', '.join(parts)}."
        if parts
        else f"{cohorts} so far, and no full period yet."
    )


def step_name(step: str) -> str:
    """A step of the funnel without the number that keeps it in its place."""
    return step.partition(" ")[2]


def _funnel(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["clients"])
    if known.empty or not known["clients"].iloc[0]:
        return NOTHING
    parts = [
        f"{step_name(row.step)} {row.clients:,} ({percent(row.share_of_first)})"
        for row in known.iloc[1:].itertuples()
    ]
    return f"Of {some(int(known['clients'].iloc[0]), 'client')} who were invited: {', '.join(parts)}."


def _membership_survival(frame: pd.DataFrame, _: Interval) -> str:
    """Both groups at the latest month that enough of both have been watched for, or else some."""
    groups = {name: rows for name, rows in frame.groupby("sessions", sort=False) if len(rows)}
    if not groups:
        return NOTHING
    enough = [rows.loc[rows["at_risk"] >= FEW, "months"].max() for rows in groups.values()]
    last = [rows["months"].max() for rows in groups.values()]
    month = int(min(last if any(map(pd.isna, enough)) else enough))
    parts = []
    for name, rows in groups.items():
        row = rows[rows["months"] <= month].iloc[-1]
        who = f"{some(int(row['members']), 'client')} {EARLY_SESSIONS[str(name)]}"
        interval = "" if pd.isna(row["lower"]) else f", {between(row['lower'], row['upper'])}"
        parts.append(f"{percent(row['survival'])} of {who}{interval}")
    watched = f"Still members {some(month, 'month')} after joining, of those who were on day 30"
    return f"{watched}: {'; '.join(parts)}. {NO_EXPERIMENT}"


def _human_comparison(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["value"])
    if known.empty:
        return NOTHING
    parts = []
    for measure, words in HUMAN_MEASURES.items():
        shares = [
            f"{percent(row.value)} {HUMANS[row.human]} ({row.numerator:,} of {row.denominator:,}, "
            f"{between(row.low, row.high)})"
            for row in known[known["measure"] == measure].sort_values("human").itertuples()
        ]
        parts += [f"{words}: {', '.join(shares)}"] if shares else []
    return f"Of sessions {'; '.join(parts)}. {CHOSEN_SESSIONS}"


def _next_date_comparison(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["value"]).sort_values("next_date")
    if len(known) < len(NEXT_DATES):
        # One number alone would invite a comparison with what is not there.
        return NOTHING
    shares = ", ".join(
        f"{percent(row.value)} {NEXT_DATES[row.next_date]} ({row.numerator:,} of {row.denominator:,}, "
        f"{between(row.low, row.high)})"
        for row in known.itertuples()
    )
    return f"After a session came back within 14 days: {shares}. {CHOSEN_DATES}"


def _approach_choice(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["clients"])
    if known.empty:
        return NOTHING
    parts = []
    for field, name in APPROACH_FIELDS.items():
        rows = known[known["field"] == field].sort_values("clients", ascending=False)
        shares = [f"{APPROACH_VALUES[row.value]} {percent(row.share)}" for row in rows.itertuples()]
        parts += [f"{name}: {', '.join(shares)}"] if shares else []
    most = int(known.groupby("field")["clients"].sum().max())
    return f"Of {some(most, 'client')}, at their last session. {'; '.join(parts)}."


def _approach_followed(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["difference"])
    if known.empty:
        return NOTHING
    parts = []
    for row in known.itertuples():
        form = formatting.number if row.field == "pace" else percent
        sides = f"{form(row.p50_with)} with the wish and {form(row.p50_without)} without"
        within = row.low <= 0 <= row.high
        verdict = "no more apart than chance allows" if within else "apart by more than chance"
        sessions = f"{some(int(row.sessions), 'session')} of {some(int(row.clients), 'client')}"
        parts.append(f"{FOLLOWED[row.field, row.value]}: {sides}, {verdict} ({sessions})")
    return f"{'; '.join(parts)}. This describes the coach and not what a wish does: clients who choose differ."


def _version_comparison(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["sessions"])
    if known.empty:
        return NOTHING
    parts = []
    for comparison, rows in known.groupby("comparison", sort=True):
        told = rows.dropna(subset=["difference"])
        reached = f"{int(rows['sessions'].sum()):,} of {int(rows['planned_sessions'].iloc[0]):,} planned sessions"
        if told.empty:
            parts.append(f"“{comparison}”, {rows['state'].iloc[0]}: {reached}, and no difference is told")
            continue
        row = told.iloc[0]
        stars = f"{row['difference']:+.2f} stars (95 % interval {row['low']:+.2f} to {row['high']:+.2f})"
        parts.append(f"“{comparison}”: the new version is rated {stars} against the standing one, after {reached}")
    return f"{'; '.join(parts)}."


def _version_failures(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["numerator"])
    if known.empty:
        return NOTHING
    parts = [
        f"“{comparison}”, {VERSIONS[version]}: {int(rows['numerator'].sum()):,} of {int(rows['denominator'].max()):,}"
        for (comparison, version), rows in known.groupby(["comparison", "version"], sort=True)
    ]
    return f"Sessions that failed: {'; '.join(parts)}."


def _failure_rate(frame: pd.DataFrame, interval: Interval) -> str:
    known = frame.dropna(subset=["numerator"])
    if known.empty:
        return "No session failed in this range."
    causes = known.groupby("cause")["numerator"].sum().sort_values(ascending=False)
    named = [f"{cause.replace('_', ' ')} {int(number):,}" for cause, number in causes.items()]
    intervals = some(int(known["interval_start"].nunique()), interval.value)
    return f"{some(int(causes.sum()), 'failed session')} in {intervals}: {', '.join(named)}."


def _latency_parts(frame: pd.DataFrame, interval: Interval) -> str:
    known = frame.dropna(subset=["p50_ms"])
    if known.empty:
        return NOTHING
    last = known["interval_start"].max()
    rows = known[known["interval_start"] == last].set_index("part")
    parts = [
        f"{name} {formatting.seconds(float(rows.loc[part, 'p50_ms']))}"
        for part, name in PARTS.items()
        if part in rows.index
    ]
    return f"Median waits {in_interval(last, interval)}: {', '.join(parts)}."


def _silences(frame: pd.DataFrame, _: Interval) -> str:
    known = frame.dropna(subset=["sessions"])
    if known.empty:
        return NOTHING
    client, agent, nobody = (int(known[f"by_{who}"].sum()) for who in ("client", "agent", "nobody"))
    sessions = some(int(known["sessions"].sum()), "session")
    return (
        f"{some(client + agent + nobody, 'silence')} over 10 s in {sessions}: the client spoke first after "
        f"{client:,}, the coach after {agent:,}, and in {nobody:,} the call ended."
    )


def _reliable_change(frame: pd.DataFrame, _: Interval) -> str:
    if frame.empty or frame[["improved", "unchanged", "worsened"]].isna().to_numpy().all():
        return NOTHING
    row = frame.iloc[0]
    if not formatting.is_missing(row["clients"]) and not row["clients"]:
        return NOTHING
    parts = [
        f"{formatting.shown(row[name], formatting.count)} {name}" for name in ("improved", "unchanged", "worsened")
    ]
    return f"Of {formatting.shown(row['clients'], formatting.count)} clients with 90 days of data {', '.join(parts)}."


# Those that a headline alone does not make.
OWN_SENTENCES = {
    "return_gaps": _return_gaps,
    "return_rate": _return_rate,
    "time_to_second_session": _time_to_second,
    "retention": _retention,
    "funnel": _funnel,
    "membership_survival": _membership_survival,
    "human_comparison": _human_comparison,
    "next_date_comparison": _next_date_comparison,
    "approach_choice": _approach_choice,
    "approach_followed": _approach_followed,
    "version_comparison": _version_comparison,
    "version_failures": _version_failures,
    "latency_parts": _latency_parts,
    "silences": _silences,
    "failure_rate": _failure_rate,
    "reliable_change": _reliable_change,
}
