# %% [markdown]
# # Who comes back
#
# A first session is curiosity; the second one is a decision. This notebook follows the clients of a snapshot: how
# many are here, how many return and how soon, and what becomes of those who began together.
#
# Every number and picture comes from the functions behind the app's pages and `python -m coachroom export`, so the
# three agree. You see what an analyst sees: no names, no transcripts, nothing about only a few people. A dashed line
# with a letter is a day on which something was noted; the words under the title say what.
#
# `SNAPSHOT` is the folder that `python -m coachroom snapshot DIR` has written. Set it in the environment or below;
# without one, an invented community is made.

# %%
import os

import pandas as pd

from coachroom.metrics.parameters import Interval, RetentionKind, Segment, SegmentBy
from coachroom.notebook import open_story

# %% tags=["parameters"]
SNAPSHOT = os.environ.get("SNAPSHOT", "")

# %%
story = open_story(SNAPSHOT)
story.about()

# %% [markdown]
# ## How many are here
#
# The three lines count the same clients over a day, 7 days and 30 days. Where they run close together, people come
# often; where the lowest one runs flat and far below, many drop by once a month.

# %%
story.picture("active_clients")

# %% [markdown]
# Each bar below divides the active clients of a week: new, here last week as well, or back after a pause. Under the
# line are those who were here the week before and stayed away. A community grows while the bars above outweigh the
# bar below, week after week.

# %%
story.picture("lifecycle")

# %% [markdown]
# How far do those come who were invited? The largest step down is where to help.

# %%
story.picture("funnel")

# %% [markdown]
# ## The second session
#
# Only clients whose first session is long enough ago are counted, so a busy week of new clients cannot push the
# rates down.

# %%
story.picture("return_rate")

# %%
story.frame("return_rate")

# %% [markdown]
# The curve begins with everybody and falls as clients come back; where it flattens, waiting longer brings hardly
# anyone. That day is a good one to write to those who have not returned.

# %%
story.picture("time_to_second_session")

# %% [markdown]
# How many days lie between one session and the next? A peak at seven is a weekly habit.

# %%
story.picture("return_gaps")

# %% [markdown]
# Where appointments are on: what became of them, after how many sessions there is a next date, and whether clients
# come back with one and without. Nobody drew lots: who makes an appointment may be who would have come back anyway.

# %%
story.picture("appointments")

# %%
story.picture("next_date")

# %%
story.picture("next_date_comparison")

# %% [markdown]
# Do the tiers differ? Where two ranges `low` to `high` overlap, the difference may be chance.

# %%
tiers = story.snapshot.store.execute("SELECT DISTINCT tier FROM members WHERE tier IS NOT NULL ORDER BY tier")
by_tier = {
    tier: story.frame("return_rate", segment=Segment(SegmentBy.TIER, tier)).set_index("within_days")
    for (tier,) in tiers
}
pd.concat(by_tier, names=["tier"]) if by_tier else "No tiers are known."

# %% [markdown]
# ## Those who began together
#
# A row is a month's new clients; the columns say how many of them were active one, two, three months later. Pale
# cells with a dashed edge are months that are not over: their numbers can still rise.

# %%
story.picture("retention", Interval.MONTH)

# %% [markdown]
# The same question, asked in three ways: active in that month, in that month or any later one, in every month so
# far. For any cohort the last is the smallest and the middle one the largest. Name the way with the number.

# %%
kinds = {
    kind.value: story.frame("retention", Interval.MONTH, kind=kind)
    .query("mature and cohort_size.notna()")
    .groupby("period")[["retained", "cohort_size"]]
    .sum()
    for kind in RetentionKind
}
pd.DataFrame({kind: sums["retained"] / sums["cohort_size"] for kind, sums in kinds.items()})

# %% [markdown]
# ## Those who stay members
#
# Does coaching keep members? Both curves begin 30 days after joining and are about those who were members then: what
# came later cannot move anybody from one to the other. It is no experiment all the same. Who comes early may be who
# would have stayed anyway.

# %%
story.picture("membership_survival")
