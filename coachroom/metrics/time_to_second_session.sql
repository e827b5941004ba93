WITH firsts AS (
  SELECT CAST((first_time AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text) AS date) AS first_day,
         CAST((second_time AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text) AS date) AS second_day
  FROM seconds
),
steps AS (
  SELECT days, count(*) FILTER (WHERE came) AS returned, sum(count(*)) OVER (ORDER BY days DESC) AS at_risk
  FROM (
    SELECT coalesce(f.second_day, s.last_day) - f.first_day AS days, f.second_day IS NOT NULL AS came
    FROM firsts f CROSS JOIN span s
  ) AS waits
  GROUP BY days
),
factors AS (SELECT days, at_risk, returned, 1 - CAST(returned AS double precision) / at_risk AS stay FROM steps),
curve AS (
  SELECT days, at_risk, returned,
         CASE WHEN min(stay) OVER w = 0 THEN 0 ELSE exp(sum(ln(nullif(stay, 0))) OVER w) END AS survival
  FROM factors WINDOW w AS (ORDER BY days)
)
SELECT days, at_risk, returned, survival FROM curve WHERE returned > 0
