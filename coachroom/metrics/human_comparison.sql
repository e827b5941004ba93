-- Both groups are shown or neither: what one lacks follows from all sessions.
WITH talks AS (
  SELECT session_id, person, start_time, in_range, CASE WHEN joins > 0 THEN 'with' ELSE 'without' END AS human,
         count(*) OVER (PARTITION BY person ORDER BY start_time
           RANGE BETWEEN INTERVAL '1 microsecond' FOLLOWING AND INTERVAL '336 hours' FOLLOWING) AS later
  FROM counted WHERE is_valid
),
cases AS (
  SELECT 'satisfied' AS measure, t.human, t.person, f.rating >= 4 AS hit
  FROM talks t JOIN feedback f ON f.session_id = t.session_id WHERE t.in_range AND f.rating IS NOT NULL
  UNION ALL
  SELECT 'returned' AS measure, human, person, later > 0 AS hit
  FROM talks WHERE in_range AND start_time <= CAST($until AS timestamp) - INTERVAL '336 hours'
),
groups AS (
  SELECT measure, human, count(*) FILTER (WHERE hit) AS numerator, count(*) AS denominator,
         count(DISTINCT person) AS people
  FROM cases GROUP BY measure, human
)
SELECT measure, human, numerator, denominator, min(people) OVER (PARTITION BY measure) AS smaller FROM groups
