-- When each client's first-ever valid session started, and the one after it.
seconds AS (
  SELECT first_time, second_time
  FROM (
    SELECT start_time AS first_time, lead(start_time) OVER w AS second_time, row_number() OVER w AS visit
    FROM counted WHERE is_valid WINDOW w AS (PARTITION BY client_no ORDER BY start_time)
  ) AS visits
  WHERE visit = 1
)
