WITH visits AS (
  SELECT person, in_range,
         local_day - lag(local_day) OVER (PARTITION BY client_no ORDER BY start_time) AS gap_days
  FROM valid
)
SELECT gap_days, count(*) AS returns, count(DISTINCT person) AS people
FROM visits WHERE gap_days IS NOT NULL AND in_range GROUP BY gap_days
