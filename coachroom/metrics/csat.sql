SELECT interval_start, count(rating) AS responses, count(*) FILTER (WHERE is_valid) AS sessions,
       CAST(count(rating) FILTER (WHERE is_valid) AS double precision)
         / nullif(count(*) FILTER (WHERE is_valid), 0) AS response_rate,
       count(*) FILTER (WHERE rating >= 4) AS numerator, count(rating) AS denominator,
       CAST(sum(rating) AS double precision) / nullif(count(rating), 0) AS mean_rating,
       count(DISTINCT person) FILTER (WHERE is_valid) AS visitors,
       count(DISTINCT person) FILTER (WHERE rating IS NOT NULL) AS people
FROM (
  -- A session off the record cannot be rated.
  SELECT e.interval_start, e.is_valid AND NOT e.off_record AS is_valid, e.person, f.rating
  FROM ended e LEFT JOIN feedback f ON f.session_id = e.session_id
  WHERE e.in_range AND ((e.is_valid AND NOT e.off_record) OR f.rating IS NOT NULL)
) AS rated
GROUP BY interval_start
