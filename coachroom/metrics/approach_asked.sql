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
)
SELECT interval_start, CAST(sum(asked) AS bigint) AS asked, CAST(sum(answered) AS bigint) AS answered,
       CAST(sum(changed) AS bigint) AS changed, CAST(sum(kept) + sum(dropped) AS bigint) AS tried,
       CAST(sum(kept) AS bigint) AS kept,
       CAST(sum(answered) AS double precision) / nullif(sum(asked), 0) AS answered_share,
       CAST(sum(kept) AS double precision) / nullif(sum(kept) + sum(dropped), 0) AS kept_share,
       count(DISTINCT person) FILTER (WHERE asked = 1) AS people,
       count(DISTINCT person) FILTER (WHERE asked = 0) AS triers
FROM counted_ones c JOIN their_quarters q ON q.quarter = c.quarter GROUP BY interval_start
