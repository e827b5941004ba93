WITH happened AS (
  SELECT client_id AS person, asked_at AS at_time, 1 AS asked,
         CASE WHEN answered_at < CAST($until AS timestamp) THEN 1 ELSE 0 END AS answered,
         CASE WHEN answered_at < CAST($until AS timestamp) AND changed THEN 1 ELSE 0 END AS changed,
         0 AS kept, 0 AS dropped
  FROM approach_asks
  UNION ALL
  SELECT client_id, made_at, 0, 0, 0, CASE WHEN state = 'kept' THEN 1 ELSE 0 END,
         CASE WHEN state = 'dropped' THEN 1 ELSE 0 END
  FROM approach_choices WHERE source = 'trial'
),
counted_ones AS (
  SELECT *, CAST(floor(extract(epoch FROM at_time) / 900) AS bigint) AS quarter FROM happened
  WHERE at_time < CAST($until AS timestamp) AND at_time >= coalesce(CAST($start AS timestamp), '-infinity')
    AND person IN (SELECT client_id FROM people)
),
-- Converted once for each quarter of an hour, as in _sessions.sql.
their_quarters AS (
  SELECT quarter, CAST(date_trunc(CAST($interval AS text),
           ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text)) AS date) AS interval_start
  FROM (SELECT DISTINCT quarter FROM counted_ones) AS q
),
sums AS (
  SELECT interval_start, CAST(sum(asked) AS bigint) AS asked, CAST(sum(answered) AS bigint) AS answered,
         CAST(sum(changed) AS bigint) AS changed, CAST(sum(kept) + sum(dropped) AS bigint) AS tried,
         CAST(sum(kept) AS bigint) AS kept, CAST(sum(dropped) AS bigint) AS dropped,
         count(DISTINCT person) FILTER (WHERE asked = 1) AS people,
         count(DISTINCT person) FILTER (WHERE asked = 0) AS triers
  FROM counted_ones c JOIN their_quarters q ON q.quarter = c.quarter GROUP BY interval_start
),
-- Wilson's 95 % interval of each, as in _rate.sql.
shares AS (
  SELECT interval_start, name, k / n AS share,
         greatest(0, (k + 1.920729410347062 - spread) / (n + 3.841458820694124)) AS low,
         least(1, (k + 1.920729410347062 + spread) / (n + 3.841458820694124)) AS high
  FROM (
    SELECT *, 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735311) AS spread
    FROM (
      SELECT interval_start, name, CAST(part AS double precision) AS k,
             CAST(nullif(whole, 0) AS double precision) AS n
      FROM (
        SELECT interval_start, 'answered' AS name, answered AS part, asked AS whole FROM sums
        UNION ALL SELECT interval_start, 'changed', changed, asked FROM sums
        UNION ALL SELECT interval_start, 'kept', kept, tried FROM sums
        UNION ALL SELECT interval_start, 'dropped', dropped, tried FROM sums
      ) AS counted
    ) AS numbers
  ) AS spread_out
  WHERE n > 0
)
SELECT s.interval_start, s.asked, s.answered, s.changed, s.tried, s.kept, s.dropped,
       a.share AS answered_share, a.low AS answered_low, a.high AS answered_high,
       c.share AS changed_share, c.low AS changed_low, c.high AS changed_high,
       k.share AS kept_share, k.low AS kept_low, k.high AS kept_high,
       d.share AS dropped_share, d.low AS dropped_low, d.high AS dropped_high, s.people, s.triers
FROM sums s
LEFT JOIN shares a ON a.interval_start = s.interval_start AND a.name = 'answered'
LEFT JOIN shares c ON c.interval_start = s.interval_start AND c.name = 'changed'
LEFT JOIN shares k ON k.interval_start = s.interval_start AND k.name = 'kept'
LEFT JOIN shares d ON d.interval_start = s.interval_start AND d.name = 'dropped'
