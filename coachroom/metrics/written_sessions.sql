SELECT interval_start, count(*) FILTER (WHERE written_steps = 4) AS numerator, count(*) AS denominator,
       count(DISTINCT person) AS people
FROM ended WHERE in_range AND is_written GROUP BY interval_start
