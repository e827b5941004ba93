# %% [markdown]
# # What a session is like
#
# How long people stay, how it ends, whether the coach answers in time and leaves room to speak. All of it is counted
# from a snapshot with the functions behind the app's pages; nothing that anybody said is read.

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
# ## How long it lasts
#
# The median is the session in the middle; nine of ten do not exceed the upper line. A mean would follow the few very
# long ones.

# %%
story.picture("session_duration")

# %% [markdown]
# ## How it ends
#
# Completed sessions came to an end that somebody chose, or to the time limit. Abandoned ones were left; failed ones
# never reached the coach.

# %%
story.picture("session_outcomes")

# %% [markdown]
# Most numbers rest on valid sessions alone: at least a minute, and a word of the client. This is how many those are,
# so that nothing is left out unseen.

# %%
outcomes = story.frame("session_outcomes", Interval.MONTH)
outcomes.assign(share_valid=outcomes["valid"] / outcomes["sessions"])

# %% [markdown]
# Why do sessions fail? The causes have different cures: a busy provider is not a blocked microphone.

# %%
story.picture("failure_rate", Interval.MONTH)

# %% [markdown]
# ## Does the coach answer in time
#
# From the end of the client's voice to the first sound of the answer, measured in the browser. Between people this
# takes about a fifth of a second; for voice services a median of 1.5 seconds is usual. One answer in twenty is slower
# than the upper line.

# %%
story.picture("turn_latency")

# %% [markdown]
# Where that time goes: until the transcript is there the service waits whether the client has finished, and
# recognises; the rest is thinking and speaking. What was measured before December 2026 began at the transcript:
# it is apart.

# %%
story.picture("latency_parts")

# %% [markdown]
# ## Does the coach leave room to think
#
# A coach that answers sooner cuts in more often: the client is heard again within a second and a half. Long
# silences are no fault in coaching; who breaks them says whether the coach can wait.

# %%
story.picture("cut_ins")

# %%
story.picture("silences")

# %% [markdown]
# ## Does the line hold
#
# Sessions with a line that broke and came back.

# %%
story.picture("reconnects")

# %% [markdown]
# ## Who speaks
#
# The share of words that are the coach's: up to 40 % is good coaching, over 60 % is flagged. Words stand in for time
# here.

# %%
story.picture("talk_ratio")

# %%
story.picture("turns")

# %% [markdown]
# Clients who interrupt may be impatient, or at ease. Read it beside the two pictures above.

# %%
story.picture("barge_in_rate")

# %% [markdown]
# Who pauses takes the room seriously, or was called away: the median says how long. Paused time is in no duration.

# %%
story.picture("pauses")

# %% [markdown]
# Sessions in writing are held where the coach could not be reached, or by choice. They count in no other picture.

# %%
story.picture("written_sessions")

# %% [markdown]
# Where human coaches may join, this is how often clients let one in.

# %%
story.picture("human_sessions")

# %% [markdown]
# ## Does the coach do as clients wish
#
# Sessions with a wish beside those without any in its field. It describes the coach and not what a wish does: clients
# who choose differ from those who do not.

# %%
story.picture("approach_followed")

# %% [markdown]
# ## Versions side by side
#
# Where two versions of the coach were compared: how many sessions each had, and after the planned number how they
# differ. Before that, and of what was stopped early, no difference is told. Failures are counted all the time.

# %%
story.picture("version_comparison")

# %%
story.picture("version_failures")

# %% [markdown]
# ## Did it do what it was for
#
# The provider judges each conversation by itself. What it could not judge is counted apart and is in no rate.

# %%
story.picture("task_success")

# %%
story.frame("task_success", Interval.MONTH)
