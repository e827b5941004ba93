-- A return in the range needs to know of what was before the range only each client's last session.
WITH earlier AS (
  SELECT client_no, max(start_time) AS start_time FROM counted WHERE is_valid AND NOT in_range GROUP BY client_no
),
days AS (
  SELECT client_no, start_time, local_day, person, TRUE AS in_range FROM valid WHERE in_range
  UNION ALL
  SELECT client_no, start_time, CAST((start_time AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text) AS date), NULL,
         FALSE
  FROM earlier
),
client_sessions AS (
  SELECT person, in_range,
         local_day - lag(local_day) OVER (PARTITION BY client_no ORDER BY start_time) AS gap_days
  FROM days
)
SELECT gap_days, count(*) AS returns, count(DISTINCT person) AS people
FROM client_sessions WHERE gap_days IS NOT NULL AND in_range GROUP BY gap_days
