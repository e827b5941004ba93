SELECT interval_start, sessions, percentiles[1] AS p50_seconds, percentiles[2] AS p90_seconds,
       total_seconds / sessions AS mean_seconds, total_seconds, people
FROM (
  SELECT interval_start, count(*) AS sessions,
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY duration_seconds) AS percentiles,
         -- An exact sum: that of floating point numbers would depend on the order of the rows.
         CAST(sum(CAST(duration_seconds AS decimal(18, 6))) AS double precision) AS total_seconds,
         count(DISTINCT person) AS people
  FROM valid WHERE in_range GROUP BY interval_start
) AS durations
