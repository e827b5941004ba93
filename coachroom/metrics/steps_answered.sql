SELECT interval_start,
       count(*) FILTER (
         WHERE status <> 'open' AND coalesce(answered_at, done_at) <= due_at + INTERVAL '48 hours') AS numerator,
       count(*) AS denominator, count(DISTINCT person) AS people
FROM due_actions WHERE due_at <= CAST($until AS timestamp) - INTERVAL '48 hours' GROUP BY interval_start
