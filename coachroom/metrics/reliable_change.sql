-- From a client's first goal attainment T to the latest, at least 90 days apart. T has a standard deviation of 10 by
-- its making; its reliability is taken as 0.80.
WITH ends AS (
  SELECT client_id, min(interval_start) AS first_start, max(interval_start) AS last_start
  FROM attainment GROUP BY client_id HAVING max(last_time) >= min(first_time) + INTERVAL '90 days'
),
indices AS (
  SELECT (b.t - a.t) / CAST(sqrt(2.0) * 10 * sqrt(1 - 0.80) AS double precision) AS rci
  FROM ends e
  JOIN attainment a ON a.client_id = e.client_id AND a.interval_start = e.first_start
  JOIN attainment b ON b.client_id = e.client_id AND b.interval_start = e.last_start
)
SELECT count(*) AS clients, count(*) FILTER (WHERE rci > 1.96) AS improved,
       count(*) FILTER (WHERE abs(rci) <= 1.96) AS unchanged, count(*) FILTER (WHERE rci < -1.96) AS worsened
FROM indices
