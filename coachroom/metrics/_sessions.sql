-- What every metric begins with. The parameters, all times naive UTC:
--   $until  the earlier of as_of and end: nothing that started at or after it counts
--   $start  where the range begins; NULL: with the first session there is
--   $zone the reporting time zone · $interval day, week or month · $min_valid_seconds
-- Converting a time to local time costs more than all the rest of a metric. Clocks only ever change on a quarter
-- hour of UTC, so one conversion serves all sessions that begin in the same quarter.
quarters AS (
  SELECT quarter, CAST(local_time AS date) AS local_day,
         CAST(date_trunc(CAST($interval AS text), local_time) AS date) AS interval_start
  FROM (
    SELECT quarter, ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text) AS local_time
    FROM (
      -- Two months before $start are enough for every metric.
      SELECT DISTINCT CAST(floor(extract(epoch FROM start_time) / 900) AS bigint) AS quarter FROM session_facts
      WHERE start_time < CAST($until AS timestamp)
        AND start_time >= coalesce(CAST($start AS timestamp) - INTERVAL '63 days', '-infinity')
    ) AS q
  ) AS l
),
counted AS NOT MATERIALIZED (
  -- As comparisons that the engine can hold against its notes on each block of rows; there is no fourth status.
  SELECT *, start_time >= coalesce(CAST($start AS timestamp), '-infinity') AS in_range,
         status <> 'failed' AND (client_turns >= 1 OR off_record)
           AND duration_seconds >= CAST($min_valid_seconds AS double precision) AS is_valid,
         client_no AS person,
         -- The client wrote and said nothing: a kind of its own, never valid.
         written_steps > 0 AND client_turns = 0 AS is_written
  FROM facts WHERE start_time < CAST($until AS timestamp)
),
ended AS NOT MATERIALIZED (
  SELECT c.*, q.local_day, q.interval_start FROM counted c
  JOIN quarters q ON q.quarter = CAST(floor(extract(epoch FROM c.start_time) / 900) AS bigint)
),
valid AS NOT MATERIALIZED (SELECT * FROM ended WHERE is_valid),
-- The first day and interval of the range (start_interval: as given), the last ones that have begun, and the day it
-- is at $until.
span AS (
  SELECT CAST(local_first AS date) AS first_day,
         CAST(date_trunc(CAST($interval AS text), local_first) AS date) AS first_interval,
         CASE WHEN CAST($start AS timestamp) IS NOT NULL
           THEN CAST(date_trunc(CAST($interval AS text), local_first) AS date) END AS start_interval,
         CAST(local_last AS date) AS last_day,
         CAST(date_trunc(CAST($interval AS text), local_last) AS date) AS last_interval,
         CAST(local_until AS date) AS today
  FROM (
    SELECT (coalesce(CAST($start AS timestamp), first_time) AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text)
             AS local_first,
           ((CAST($until AS timestamp) - INTERVAL '1 microsecond') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text) AS local_last,
           (CAST($until AS timestamp) AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text) AS local_until
    FROM (SELECT min(start_time) AS first_time FROM facts WHERE start_time < CAST($until AS timestamp)) AS f
  ) AS l
)
