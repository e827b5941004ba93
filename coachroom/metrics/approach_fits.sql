SELECT interval_start, count(score) AS answers, count(*) AS sessions,
       CAST(count(score) AS double precision) / count(*) AS response_rate,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS p50,
       count(*) FILTER (WHERE score < 6) AS below_6,
       count(DISTINCT person) AS visitors,
       count(DISTINCT person) FILTER (WHERE score IS NOT NULL) AS people
FROM (
  -- A session off the record is not asked about.
  SELECT e.interval_start, e.person, q.score
  FROM ended e LEFT JOIN session_questions q ON q.session_id = e.session_id AND q.question = 'approach_fits'
  WHERE e.in_range AND e.is_valid AND NOT e.off_record
) AS asked
GROUP BY interval_start
