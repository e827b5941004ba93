SELECT e.interval_start, count(*) AS sessions,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY c.after_score - c.before_score) AS p50_change,
       count(DISTINCT e.person) AS people
FROM ended e JOIN confidence c ON c.session_id = e.session_id
WHERE e.in_range AND c.before_score IS NOT NULL AND c.after_score IS NOT NULL GROUP BY e.interval_start
