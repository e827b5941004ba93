SELECT interval_start, count(*) AS sessions,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'abandoned') AS abandoned,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE client_turns = 0 AND NOT is_written AND NOT off_record) AS bounced,
       count(*) FILTER (WHERE is_valid) AS valid,
       count(DISTINCT person) AS people
FROM ended WHERE in_range GROUP BY interval_start
