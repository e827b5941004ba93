-- Who was active in which interval, and when each client began. Before $start only as far back as is needed: two
-- intervals and a day, wherever in its interval $start lies.
presence AS (
  SELECT client_no, interval_start FROM valid
  WHERE start_time >= coalesce(
    CAST($start AS timestamp) - 2 * CAST('1 ' || CAST($interval AS text) AS interval) - INTERVAL '1 day', '-infinity')
  GROUP BY client_no, interval_start
),
begun AS (
  SELECT f.client_no, q.interval_start AS first_start
  FROM (SELECT client_no, min(start_time) AS first_time FROM counted WHERE is_valid GROUP BY client_no) AS f
  JOIN quarters q ON q.quarter = CAST(floor(extract(epoch FROM f.first_time) / 900) AS bigint)
)
