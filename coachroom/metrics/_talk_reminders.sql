-- name: talk_reminders
SELECT count(*) AS reminders, count(DISTINCT f.session_id) AS sessions
FROM talk_reminders r JOIN facts f ON f.session_id = r.session_id
WHERE f.start_time < CAST($until AS timestamp)
  AND f.start_time >= coalesce(CAST($start AS timestamp), '-infinity')
