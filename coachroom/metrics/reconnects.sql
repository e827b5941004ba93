WITH waits AS (
  SELECT interval_start, unnest(reconnect_seconds) AS seconds FROM ended WHERE in_range
),
summaries AS (
  SELECT interval_start, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds) AS percentiles
  FROM waits GROUP BY interval_start
),
called AS (
  SELECT interval_start, count(*) AS sessions,
         count(*) FILTER (WHERE reconnect_seconds IS NOT NULL) AS with_reconnect,
         sum(coalesce(given_up, 0)) AS given_up, count(DISTINCT person) AS people
  FROM ended WHERE in_range AND agent_id IS NOT NULL GROUP BY interval_start
)
SELECT c.interval_start, c.sessions, c.with_reconnect, s.percentiles[1] AS p50_seconds,
       s.percentiles[2] AS p95_seconds, c.given_up, c.people
FROM called c LEFT JOIN summaries s ON s.interval_start = c.interval_start
