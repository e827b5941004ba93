-- Both groups are shown or neither: what one lacks follows from all sessions.
WITH talks AS (
  SELECT session_id, count(*) OVER (PARTITION BY person ORDER BY start_time
           RANGE BETWEEN INTERVAL '1 microsecond' FOLLOWING AND INTERVAL '336 hours' FOLLOWING) AS later
  FROM counted WHERE is_valid
),
groups AS (
  SELECT CASE WHEN d.next_at IS NOT NULL THEN 'with' ELSE 'without' END AS next_date,
         count(*) FILTER (WHERE t.later > 0) AS numerator, count(*) AS denominator,
         count(DISTINCT d.person) AS people
  FROM dated d JOIN talks t ON t.session_id = d.session_id
  WHERE d.start_time <= CAST($until AS timestamp) - INTERVAL '336 hours'
  GROUP BY CASE WHEN d.next_at IS NOT NULL THEN 'with' ELSE 'without' END
)
SELECT next_date, numerator, denominator, min(people) OVER () AS smaller FROM groups
