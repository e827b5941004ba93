SELECT interval_start, count(*) FILTER (WHERE pauses > 0) AS numerator, count(*) AS denominator,
       sum(pauses) AS pauses, sum(interruptions) AS interruptions,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN pauses > 0 THEN paused_seconds END) AS p50_seconds,
       count(DISTINCT person) AS people, count(DISTINCT CASE WHEN pauses > 0 THEN person END) AS pausing
FROM valid WHERE in_range GROUP BY interval_start
