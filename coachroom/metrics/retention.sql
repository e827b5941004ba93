-- Recurring counts each period in which a client was active. The other kinds need one number a client: the last
-- active period (unbounded), or the first that no active one follows (cumulative); it counts for all up to it.
WITH calendar AS (
  SELECT CAST(g.start AS date) AS interval_start, row_number() OVER (ORDER BY g.start) AS n,
         CAST(g.start + CAST('1 ' || CAST($interval AS text) AS interval) AS date) AS next_start
  FROM span s,
    generate_series(CAST(s.first_interval AS timestamp), CAST(s.last_interval AS timestamp),
      CAST('1 ' || CAST($interval AS text) AS interval)) AS g(start)
),
sizes AS (SELECT first_start, count(*) AS cohort_size FROM begun GROUP BY first_start),
marks AS (
  SELECT client_no, interval_start AS this_start FROM presence WHERE CAST($kind AS text) = 'recurring'
  UNION ALL
  SELECT client_no, max(interval_start) FROM presence WHERE CAST($kind AS text) = 'unbounded' GROUP BY client_no
  UNION ALL
  SELECT p.client_no, min(p.interval_start)
  FROM presence p JOIN calendar c ON c.interval_start = p.interval_start
  LEFT JOIN presence n ON n.client_no = p.client_no AND n.interval_start = c.next_start
  WHERE CAST($kind AS text) = 'cumulative' AND n.client_no IS NULL GROUP BY p.client_no
),
counts AS (
  SELECT b.first_start, m.this_start, count(*) AS clients
  FROM marks m JOIN begun b ON b.client_no = m.client_no GROUP BY b.first_start, m.this_start
),
cells AS (
  SELECT s.first_start AS cohort_start, c.n - f.n AS period, s.cohort_size, c.next_start <= p.today AS mature,
         coalesce(k.clients, 0) AS clients
  FROM sizes s JOIN calendar f ON f.interval_start = s.first_start JOIN calendar c ON c.n >= f.n CROSS JOIN span p
  LEFT JOIN counts k ON k.first_start = s.first_start AND k.this_start = c.interval_start
),
grid AS (
  SELECT cohort_start, period, cohort_size, mature,
         CASE WHEN CAST($kind AS text) = 'recurring' THEN clients
           ELSE sum(clients) OVER (PARTITION BY cohort_start ORDER BY period DESC) END AS retained
  FROM cells
)
SELECT cohort_start, period, cohort_size, retained, mature, retained AS numerator, cohort_size AS denominator
FROM grid
