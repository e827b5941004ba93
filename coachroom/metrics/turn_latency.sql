WITH timed AS (
  SELECT interval_start, unnest(felt_ms) AS ms FROM ended WHERE in_range
),
summaries AS (
  SELECT interval_start, count(*) AS turns, max(ms) AS max_ms,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ms) AS percentiles
  FROM timed GROUP BY interval_start
),
speakers AS (
  SELECT interval_start, count(DISTINCT person) AS people
  FROM ended WHERE in_range AND felt_ms IS NOT NULL GROUP BY interval_start
)
SELECT s.interval_start, s.turns, s.percentiles[1] AS p50_ms, s.percentiles[2] AS p95_ms, s.max_ms, p.people
FROM summaries s LEFT JOIN speakers p ON p.interval_start = s.interval_start
