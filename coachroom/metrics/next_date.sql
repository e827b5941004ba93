SELECT interval_start, count(next_at) AS numerator, count(*) AS denominator,
       percentile_cont(0.5) WITHIN GROUP (
         ORDER BY CAST(extract(epoch FROM next_at - end_time) AS double precision) / 86400) AS p50_days,
       count(DISTINCT person) AS people, count(DISTINCT CASE WHEN next_at IS NOT NULL THEN person END) AS planning
FROM dated GROUP BY interval_start
