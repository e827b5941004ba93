-- Recurring counts each period in which a client was active. The other kinds need one number a client: the last
-- active period (unbounded), or the last before the first gap (cumulative); it stands for all periods up to it.
WITH calendar AS (
  SELECT CAST(g.start AS date) AS interval_start, row_number() OVER (ORDER BY g.start) AS n,
         CAST(g.start + CAST('1 ' || CAST($interval AS text) AS interval) AS date) AS next_start
  FROM span s,
    generate_series(CAST(s.first_interval AS timestamp), CAST(s.last_interval AS timestamp),
      CAST('1 ' || CAST($interval AS text) AS interval)) AS g(start)
),
sizes AS (SELECT first_start, count(*) AS cohort_size FROM steps WHERE this_start = first_start GROUP BY first_start),
counts AS (
  SELECT first_start, this_start, count(*) AS clients FROM steps
  WHERE CAST($kind AS text) = 'recurring' GROUP BY first_start, this_start
  UNION ALL
  SELECT first_start, last_start, count(*) FROM (
    SELECT min(first_start) AS first_start, max(this_start) AS last_start
    FROM steps WHERE CAST($kind AS text) = 'unbounded' GROUP BY client_no
  ) AS lasts GROUP BY first_start, last_start
  UNION ALL
  SELECT first_start, last_start, count(*) FROM (
    SELECT min(first_start) AS first_start, min(this_start) AS last_start
    FROM steps
    WHERE CAST($kind AS text) = 'cumulative'
      AND (next_start IS NULL OR next_start > this_start + CAST('1 ' || CAST($interval AS text) AS interval))
    GROUP BY client_no
  ) AS breaks GROUP BY first_start, last_start
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
