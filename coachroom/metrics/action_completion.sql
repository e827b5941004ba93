WITH due_actions AS (
  SELECT CASE WHEN CAST($suppress AS boolean) THEN client_id END AS person, status, due_at,
         CASE WHEN status = 'done' AND done_at < CAST($until AS timestamp) THEN done_at END AS done_at,
         CAST(date_trunc(CAST($interval AS text), (due_at AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text))
           AS date) AS interval_start
  FROM actions
  WHERE due_at < CAST($until AS timestamp) AND coalesce(due_at >= CAST($start AS timestamp), TRUE)
    AND client_id IN (SELECT client_id FROM people)
)
SELECT interval_start, count(*) AS due,
       count(*) FILTER (WHERE done_at <= due_at) AS on_time,
       count(*) FILTER (WHERE done_at > due_at) AS late,
       count(*) FILTER (WHERE status = 'dropped') AS dropped,
       CAST(count(*) FILTER (WHERE done_at <= due_at) AS double precision) / count(*) AS value,
       count(DISTINCT person) AS people
FROM due_actions GROUP BY interval_start
