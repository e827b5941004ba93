-- Goal attainment T of each client and interval, from each goal's latest check-in of the interval; rho = 0.30.
-- Time and score make one number, so that the greatest is the latest (of two at one time the better counts).
checkins AS (
  SELECT goal_id, created_at, score, CAST(floor(extract(epoch FROM created_at) / 900) AS bigint) AS quarter
  FROM goal_checkins WHERE created_at < CAST($until AS timestamp)
),
-- Converted once for each quarter of an hour, as in _sessions.sql.
checkin_quarters AS (
  SELECT quarter, CAST(date_trunc(CAST($interval AS text),
           ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text)) AS date) AS interval_start
  FROM (SELECT DISTINCT quarter FROM checkins) AS q
),
reviews AS (
  SELECT c.goal_id, q.interval_start,
         max(CAST(extract(epoch FROM c.created_at) * 1000000 AS bigint) * 8 + c.score + 2) % 8 - 2 AS score,
         min(c.created_at) AS first_time, max(c.created_at) AS last_time
  FROM checkins c JOIN checkin_quarters q ON q.quarter = c.quarter
  GROUP BY c.goal_id, q.interval_start
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
