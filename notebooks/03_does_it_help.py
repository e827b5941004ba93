# %% [markdown]
# # Does it help
#
# Being content, reaching goals, doing what was agreed, feeling surer, changing: five questions, from the easiest to
# the hardest to answer. None of them proves by itself that the coaching is the cause; there is no group without it.

# %%
import os

from coachroom.metrics.parameters import Interval
from coachroom.notebook import open_story

# %% tags=["parameters"]
SNAPSHOT = os.environ.get("SNAPSHOT", "")

# %%
story = open_story(SNAPSHOT)
story.about()

# %% [markdown]
# ## Are they content
#
# Only some clients rate a session, and those who do are often the very happy and the very unhappy. Look at the share
# who answered before you look at the answers.

# %%
story.frame("csat", Interval.MONTH)[["interval_start", "responses", "sessions", "response_rate", "mean_rating"]]

# %%
story.picture("csat")

# %%
story.picture("nps", Interval.MONTH)

# %% [markdown]
# The check-in after a session asks whether the client felt heard, was on the right topics, with a fitting approach,
# and how it was overall. It is a reason to talk, not a grade: a total under 36 is worth a question.

# %%
story.picture("check_in")

# %% [markdown]
# Sessions that a human coach joined beside all others. Nobody drew lots: coaches join whoever needs them, or whoever
# comes anyway, so that a difference says who was joined, not what the joining did.

# %%
story.picture("human_comparison")

# %% [markdown]
# ## Does the way of working suit them
#
# Asked beside the stars. It is not compared by what clients chose: who chooses differs from who does not.

# %%
story.picture("approach_fits")

# %%
story.picture("approach_choice")

# %%
story.picture("approach_asked")

# %% [markdown]
# ## Do they reach their goals
#
# Clients set goals and say where they stand. The share below is that of goals at the expected level or above. In one
# trial of an AI coach it was 55 %, against 24 % without one (Terblanche 2022).

# %%
story.picture("goal_attainment", Interval.MONTH)

# %% [markdown]
# The T score joins a client's goals, weighted as the client weighted them: 50 is as expected, more is
# better.

# %%
story.picture("goal_attainment", Interval.MONTH, scores=True)

# %% [markdown]
# ## Do they do what was agreed

# %%
story.picture("action_completion")

# %% [markdown]
# ## Are they surer of themselves
#
# Asked before and after a session, from 0 to 10. A good session lifts it; whether the lift lasts is another question.

# %%
story.picture("confidence_change")

# %% [markdown]
# ## Do they change
#
# The strictest measure: a client counts as changed only if the T score moved further than an inexact measure would
# move it by itself, over 90 days or more. Most clients of most coaches are unchanged by it.

# %%
story.picture("reliable_change")

# %%
story.frame("reliable_change")
