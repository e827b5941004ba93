SELECT interval_start, count(*) AS sessions,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_seconds) AS p50_seconds,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY duration_seconds) AS p90_seconds,
       -- An exact sum: that of floating point numbers would depend on the order of the rows.
       CAST(sum(CAST(duration_seconds AS decimal(18, 6))) AS double precision) / count(*) AS mean_seconds,
       CAST(sum(CAST(duration_seconds AS decimal(18, 6))) AS double precision) AS total_seconds,
       count(DISTINCT person) AS people
FROM valid WHERE in_range GROUP BY interval_start
