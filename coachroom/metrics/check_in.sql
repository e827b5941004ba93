SELECT interval_start, count(*) AS answers,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS p50_total,
       count(*) FILTER (WHERE total < 36) AS below_36,
       count(DISTINCT person) AS people
FROM (
  SELECT e.interval_start, e.person, c.heard + c.right_topics + c.approach_fits + c.overall AS total
  FROM ended e JOIN check_ins c ON c.session_id = e.session_id WHERE e.in_range
) AS answered
GROUP BY interval_start
