SELECT interval_start, count(*) AS due,
       count(*) FILTER (WHERE done_by_then <= due_at) AS on_time,
       count(*) FILTER (WHERE done_by_then > due_at) AS late,
       count(*) FILTER (WHERE status = 'dropped') AS dropped,
       count(*) FILTER (WHERE done_by_then <= due_at) AS numerator, count(*) AS denominator,
       count(DISTINCT person) AS people
FROM (
  SELECT *, CASE WHEN status = 'done' AND done_at < CAST($until AS timestamp) THEN done_at END AS done_by_then
  FROM due_actions
) AS due
GROUP BY interval_start
