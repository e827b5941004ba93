WITH firsts AS (
  SELECT a.client_id, a.t FROM attainment a
  JOIN (SELECT client_id, min(interval_start) AS interval_start FROM attainment GROUP BY client_id) AS f
    ON f.client_id = a.client_id AND f.interval_start = a.interval_start
)
SELECT a.interval_start, count(*) AS clients,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.t) AS p50_t,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.t - f.t) AS p50_change,
       sum(a.goals_reviewed) AS goals_reviewed, sum(a.at_or_above) AS at_or_above,
       sum(a.at_or_above) AS numerator, sum(a.goals_reviewed) AS denominator
FROM attainment a JOIN firsts f ON f.client_id = a.client_id CROSS JOIN span s
WHERE coalesce(a.interval_start >= s.start_interval, TRUE) GROUP BY a.interval_start
