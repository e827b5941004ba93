-- Goal attainment T of each client and interval, from each goal's latest check-in of the interval; rho = 0.30.
-- Moment and score make one number, so that the greatest is the latest (of two at one moment the better counts).
reviews AS (
  SELECT goal_id, interval_start, max(code) % 8 - 2 AS score,
         min(created_at) AS first_time, max(created_at) AS last_time
  FROM (
    SELECT goal_id, created_at,
           CAST(extract(epoch FROM created_at) * 1000000 AS bigint) * 8 + score + 2 AS code,
           CAST(date_trunc(CAST($interval AS text), (created_at AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text))
             AS date) AS interval_start
    FROM goal_checkins WHERE created_at < CAST($until AS timestamp)
  ) AS checkins
  GROUP BY goal_id, interval_start
),
sums AS (
  SELECT g.client_id, r.interval_start, count(*) AS goals_reviewed,
         count(*) FILTER (WHERE r.score >= 0) AS at_or_above,
         sum(g.weight * r.score) AS wx, sum(g.weight) AS w, sum(g.weight * g.weight) AS ww,
         min(r.first_time) AS first_time, max(r.last_time) AS last_time
  FROM reviews r JOIN goals g ON g.id = r.goal_id
  WHERE g.weight > 0 AND g.client_id IN (SELECT client_id FROM people)
  GROUP BY g.client_id, r.interval_start
),
attainment AS (
  SELECT client_id, interval_start, goals_reviewed, at_or_above, first_time, last_time,
         -- To nine decimals: the last digits of a sum depend on the order of its parts.
         floor((50 + 10 * wx / sqrt(0.7 * ww + 0.3 * w * w)) * 1e9 + 0.5) / 1e9 AS t
  FROM sums
)
