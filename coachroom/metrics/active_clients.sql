-- A linear sweep: a client who comes on day d counts in the window until d + width or the next session, whichever
-- is earlier. Of several sessions on one day only the last has a next day later than its own.
WITH session_days AS (
  SELECT v.local_day, lead(v.local_day) OVER (PARTITION BY v.client_no ORDER BY v.local_day) AS next_day
  FROM valid v CROSS JOIN span s
  WHERE v.local_day > s.first_day - 30
    AND v.start_time >= coalesce(CAST($start AS timestamp) - INTERVAL '31 days', '-infinity')
),
stays AS (
  SELECT local_day, least(local_day + 7, next_day) AS until_7, least(local_day + 30, next_day) AS until_30,
         count(*) AS n
  FROM session_days WHERE next_day IS NULL OR next_day > local_day GROUP BY 1, 2, 3
),
changes AS (
  SELECT local_day AS day, n AS dau, n AS wau, n AS mau FROM stays
  UNION ALL
  SELECT until_7, 0, -n, 0 FROM stays
  UNION ALL
  SELECT until_30, 0, 0, -n FROM stays
  UNION ALL
  SELECT CAST(g.day AS date), 0, 0, 0 FROM span s,
    generate_series(CAST(s.first_day AS timestamp), CAST(s.last_day AS timestamp), INTERVAL '1 day') AS g(day)
),
days AS (SELECT day, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau FROM changes GROUP BY day),
running AS (
  SELECT day, dau, sum(wau) OVER (ORDER BY day) AS wau, sum(mau) OVER (ORDER BY day) AS mau FROM days
)
SELECT r.day, r.dau, r.wau, r.mau,
       CAST(r.dau AS double precision) / nullif(CAST(r.mau AS double precision), 0) AS stickiness
FROM running r CROSS JOIN span s WHERE r.day BETWEEN s.first_day AND s.last_day
