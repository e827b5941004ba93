-- How far each client who was put on the roster in the range has come by $until. Who reached a step has reached those
-- before it, whatever is on record of them: imported sessions have no consent.
WITH agreed AS (
  SELECT client_id FROM consents WHERE given_at < CAST($until AS timestamp)
  UNION SELECT client_id FROM withdrawn_consents WHERE given_at < CAST($until AS timestamp)
),
came AS (
  SELECT client_id, count(*) AS sessions FROM counted WHERE is_valid GROUP BY client_id
),
reached AS (
  SELECT CASE WHEN c.sessions >= 2 THEN 5 WHEN c.sessions = 1 THEN 4 WHEN a.client_id IS NOT NULL THEN 3
              WHEN p.id IS NOT NULL THEN 2 ELSE 1 END AS place
  FROM roster r
  LEFT JOIN client_profiles p ON p.id = r.client_id AND p.created_at < CAST($until AS timestamp)
  LEFT JOIN agreed a ON a.client_id = r.client_id
  LEFT JOIN came c ON c.client_id = r.client_id
  WHERE r.role = 'client' AND r.created_at < CAST($until AS timestamp)
    AND r.created_at >= coalesce(CAST($start AS timestamp), '-infinity')
),
steps AS (
  SELECT 1 AS place, '1 invited' AS step UNION ALL SELECT 2, '2 signed in' UNION ALL SELECT 3, '3 consented'
  UNION ALL SELECT 4, '4 first session' UNION ALL SELECT 5, '5 second session'
),
counts AS (
  SELECT s.place, s.step, count(r.place) AS clients
  FROM steps s LEFT JOIN reached r ON r.place >= s.place GROUP BY s.place, s.step
),
ways AS (
  SELECT step, clients, first_value(clients) OVER (ORDER BY place) AS invited, lag(clients) OVER (ORDER BY place) AS before
  FROM counts
)
SELECT step, clients, invited, clients AS numerator, before AS denominator,
       clients / CAST(nullif(invited, 0) AS double precision) AS share_of_first,
       clients / CAST(nullif(before, 0) AS double precision) AS share_of_previous
FROM ways
