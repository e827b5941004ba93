-- The next steps that were due in the range, each with the interval of its due date.
became_due AS (
  SELECT client_id AS person, status, due_at, done_at, answered_at,
         CAST(floor(extract(epoch FROM due_at) / 900) AS bigint) AS quarter
  FROM actions
  WHERE due_at < CAST($until AS timestamp) AND due_at >= coalesce(CAST($start AS timestamp), '-infinity')
    AND client_id IN (SELECT client_id FROM people)
),
due_actions AS (
  SELECT a.person, a.status, a.due_at, a.done_at, a.answered_at, q.interval_start
  FROM became_due a JOIN (
    -- Converted once for each quarter of an hour, as in _sessions.sql.
    SELECT quarter, CAST(date_trunc(CAST($interval AS text),
             ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
               AT TIME ZONE CAST($zone AS text)) AS date) AS interval_start
    FROM (SELECT DISTINCT quarter FROM became_due) AS q
  ) AS q ON q.quarter = a.quarter
)
