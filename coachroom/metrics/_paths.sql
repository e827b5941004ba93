-- The intervals each client was active in, each beside the client's first and next one (NULL: there is none yet).
steps AS (
  SELECT client_no, first_start, this_start, next_start
  FROM (
    SELECT client_no, first_value(interval_start) OVER w AS first_start, interval_start AS this_start,
           lead(interval_start) OVER w AS next_start
    FROM valid WINDOW w AS (PARTITION BY client_no ORDER BY interval_start)
  ) AS sessions
  WHERE next_start IS NULL OR next_start > this_start
)
