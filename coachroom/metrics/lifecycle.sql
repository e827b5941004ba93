WITH calendar AS (
  SELECT CAST(g.start AS date) AS interval_start,
         CAST(lag(g.start) OVER (ORDER BY g.start) AS date) AS previous_start
  FROM span s,
    generate_series(CAST(s.first_interval - CAST('1 ' || CAST($interval AS text) AS interval) AS timestamp),
      CAST(s.last_interval AS timestamp), CAST('1 ' || CAST($interval AS text) AS interval)) AS g(start)
),
moves AS (
  SELECT this_start, next_start, count(*) AS n, count(*) FILTER (WHERE this_start = first_start) AS begun
  FROM steps GROUP BY this_start, next_start
),
stayed AS (SELECT this_start AS interval_start, sum(n) AS active, sum(begun) AS new FROM moves GROUP BY this_start),
came AS (
  SELECT c.interval_start, sum(m.n) AS returning FROM calendar c
  JOIN moves m ON m.next_start = c.interval_start AND m.this_start = c.previous_start GROUP BY c.interval_start
),
gone AS (
  SELECT c.interval_start, sum(m.n) AS dormant FROM calendar c
  JOIN moves m ON m.this_start = c.previous_start
  WHERE m.next_start IS NULL OR m.next_start > c.interval_start GROUP BY c.interval_start
)
SELECT c.interval_start, coalesce(s.new, 0) AS new, coalesce(b.returning, 0) AS returning,
       coalesce(s.active, 0) - coalesce(s.new, 0) - coalesce(b.returning, 0) AS resurrecting,
       coalesce(g.dormant, 0) AS dormant, coalesce(s.active, 0) AS active
FROM calendar c CROSS JOIN span p
LEFT JOIN stayed s ON s.interval_start = c.interval_start
LEFT JOIN came b ON b.interval_start = c.interval_start
LEFT JOIN gone g ON g.interval_start = c.interval_start
WHERE c.interval_start >= p.first_interval
