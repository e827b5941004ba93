WITH due_actions AS (
  SELECT client_id AS person,
         status <> 'open' AND coalesce(answered_at, done_at) <= due_at + INTERVAL '48 hours' AS answered,
         CAST(floor(extract(epoch FROM due_at) / 900) AS bigint) AS quarter
  FROM actions
  WHERE due_at <= CAST($until AS timestamp) - INTERVAL '48 hours'
    AND due_at >= coalesce(CAST($start AS timestamp), '-infinity')
    AND client_id IN (SELECT client_id FROM people)
),
-- Converted once for each quarter of an hour, as in _sessions.sql.
due_quarters AS (
  SELECT quarter, CAST(date_trunc(CAST($interval AS text),
           ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text)) AS date) AS interval_start
  FROM (SELECT DISTINCT quarter FROM due_actions) AS q
)
SELECT interval_start, count(*) FILTER (WHERE answered) AS numerator, count(*) AS denominator,
       count(DISTINCT person) AS people
FROM due_actions a JOIN due_quarters q ON q.quarter = a.quarter GROUP BY interval_start
