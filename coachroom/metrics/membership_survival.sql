-- Both groups are told apart by what was before day 30, and watched from then on: whoever stays longer has more time
-- for a session, and would else seem to stay because of it. Whoever was put on the roster later than that is left out:
-- those who joined with them and left before would be missing.
WITH joined AS (
  SELECT row_number() OVER () AS member, client_id, left_at, coalesce(joined_at, created_at) AS joined_at
  FROM roster
  WHERE role = 'client' AND created_at < CAST($until AS timestamp)
    AND created_at <= coalesce(joined_at, created_at) + INTERVAL '30 days'
),
kept AS (
  SELECT member, client_id, joined_at, CASE WHEN left_at < CAST($until AS timestamp) THEN left_at END AS left_at
  FROM joined
  WHERE joined_at + INTERVAL '30 days' < CAST($until AS timestamp)
    AND (left_at IS NULL OR left_at >= joined_at + INTERVAL '30 days')
),
talked AS (
  SELECT DISTINCT k.member FROM kept k
  JOIN counted c ON c.client_id = k.client_id AND c.is_valid
    AND c.start_time >= k.joined_at AND c.start_time < k.joined_at + INTERVAL '30 days'
),
watched AS (
  SELECT CASE WHEN t.member IS NULL THEN 'without' ELSE 'with' END AS sessions, k.left_at IS NOT NULL AS gone,
         CAST(floor(extract(epoch FROM coalesce(k.left_at, CAST($until AS timestamp)) - k.joined_at) / 86400) AS integer)
           AS days
  FROM kept k LEFT JOIN talked t ON t.member = k.member
),
steps AS (
  SELECT sessions, days, count(*) FILTER (WHERE gone) AS gone,
         sum(count(*)) OVER (PARTITION BY sessions ORDER BY days DESC) AS at_risk
  FROM watched GROUP BY sessions, days
),
groups AS (
  SELECT sessions, count(*) AS members, CAST(floor(max(days) / 30) AS integer) AS last_month FROM watched GROUP BY sessions
),
grid AS (
  SELECT g.sessions, g.members, CAST(n.month AS integer) AS months
  FROM (SELECT max(last_month) AS last_month FROM groups) m, generate_series(1, m.last_month) AS n(month), groups g
  WHERE n.month <= g.last_month
),
curve AS (
  SELECT r.sessions, r.months, r.members, coalesce(sum(s.gone), 0) AS gone,
         CASE WHEN max(CASE WHEN s.gone = s.at_risk THEN 1 ELSE 0 END) = 1 THEN 0
           ELSE exp(coalesce(sum(ln(1 - s.gone / CAST(nullif(s.at_risk, s.gone) AS double precision))), 0)) END AS survival,
         sum(s.gone / (CAST(s.at_risk AS double precision) * nullif(s.at_risk - s.gone, 0))) AS variance
  FROM grid r LEFT JOIN steps s ON s.sessions = r.sessions AND s.days < 30 * r.months
  GROUP BY r.sessions, r.months, r.members
),
ranged AS (
  SELECT *, CASE WHEN survival > 0 AND survival < 1 THEN sqrt(variance) / abs(ln(survival)) END AS spread FROM curve
)
SELECT sessions, months, members, gone AS "left", survival,
       (SELECT count(*) FROM watched w WHERE w.sessions = r.sessions AND w.days >= 30 * r.months) AS at_risk,
       power(survival, exp(1.959963984540054 * spread)) AS lower,
       power(survival, exp(-1.959963984540054 * spread)) AS upper
FROM ranged r
