SELECT w.within_days,
       count(*) FILTER (WHERE s.second_time <= s.first_time + w.within_days * INTERVAL '24 hours') AS numerator,
       count(s.first_time) AS denominator
FROM (SELECT 7 AS within_days UNION ALL SELECT 14 UNION ALL SELECT 30) AS w
LEFT JOIN seconds s ON s.first_time <= CAST($until AS timestamp) - w.within_days * INTERVAL '24 hours'
GROUP BY w.within_days
