-- When each client's first-ever valid session started, and the one after it (NULL: there is none yet). In this form
-- DuckDB keeps two rows a client instead of sorting all.
seconds AS (
  SELECT min(start_time) AS first_time, CASE WHEN count(*) = 2 THEN max(start_time) END AS second_time
  FROM (
    SELECT client_no, start_time, row_number() OVER (PARTITION BY client_no ORDER BY start_time) AS number
    FROM counted WHERE is_valid
  ) AS numbered
  WHERE number <= 2 GROUP BY client_no
)
