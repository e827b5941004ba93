WITH visits AS (
  SELECT interval_start, count(*) AS sessions, count(DISTINCT person) AS visitors
  FROM valid WHERE in_range GROUP BY interval_start
),
ratings AS (
  SELECT e.interval_start, count(*) AS responses, count(*) FILTER (WHERE e.is_valid) AS rated_sessions,
         count(*) FILTER (WHERE f.rating >= 4) AS numerator,
         CAST(sum(f.rating) AS double precision) / count(*) AS mean_rating,
         count(DISTINCT e.person) AS people
  FROM ended e JOIN feedback f ON f.session_id = e.session_id
  WHERE e.in_range AND f.rating IS NOT NULL GROUP BY e.interval_start
)
SELECT coalesce(v.interval_start, r.interval_start) AS interval_start, coalesce(r.responses, 0) AS responses,
       coalesce(v.sessions, 0) AS sessions,
       CAST(coalesce(r.rated_sessions, 0) AS double precision) / v.sessions AS response_rate,
       coalesce(r.numerator, 0) AS numerator, coalesce(r.responses, 0) AS denominator, r.mean_rating,
       coalesce(v.visitors, 0) AS visitors, coalesce(r.people, 0) AS people
FROM visits v FULL JOIN ratings r ON r.interval_start = v.interval_start
