SELECT e.interval_start,
       count(*) FILTER (WHERE v.result = 'success') AS success,
       count(*) FILTER (WHERE v.result = 'failure') AS failure,
       count(*) FILTER (WHERE v.result = 'unknown') AS unknown,
       count(*) FILTER (WHERE v.result = 'success') AS numerator,
       count(*) FILTER (WHERE v.result IN ('success', 'failure')) AS denominator,
       count(DISTINCT e.person) AS people
FROM ended e JOIN evaluations v ON v.session_id = e.session_id
WHERE e.in_range GROUP BY e.interval_start
