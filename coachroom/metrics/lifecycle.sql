WITH calendar AS (
  SELECT CAST(g.start AS date) AS interval_start,
         CAST(lag(g.start) OVER (ORDER BY g.start) AS date) AS previous_start
  FROM span s,
    generate_series(CAST(s.first_interval - CAST('1 ' || CAST($interval AS text) AS interval) AS timestamp),
      CAST(s.last_interval AS timestamp), CAST('1 ' || CAST($interval AS text) AS interval)) AS g(start)
),
here AS (SELECT interval_start, count(*) AS active FROM presence GROUP BY interval_start),
new AS (SELECT first_start AS interval_start, count(*) AS new FROM begun GROUP BY first_start),
came AS (
  SELECT c.interval_start, count(*) AS returning FROM calendar c
  JOIN presence p ON p.interval_start = c.interval_start
  JOIN presence b ON b.client_no = p.client_no AND b.interval_start = c.previous_start
  GROUP BY c.interval_start
),
counts AS (
  SELECT c.interval_start, coalesce(n.new, 0) AS new, coalesce(r.returning, 0) AS returning,
         coalesce(h.active, 0) AS active, coalesce(b.active, 0) AS before
  FROM calendar c
  LEFT JOIN here h ON h.interval_start = c.interval_start
  LEFT JOIN here b ON b.interval_start = c.previous_start
  LEFT JOIN new n ON n.interval_start = c.interval_start
  LEFT JOIN came r ON r.interval_start = c.interval_start
)
SELECT c.interval_start, c.new, c.returning, c.active - c.new - c.returning AS resurrecting,
       c.before - c.returning AS dormant, c.active
FROM counts c CROSS JOIN span s WHERE c.interval_start >= s.first_interval
