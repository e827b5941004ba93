-- The choices of one field are shown together or not at all: what one lacks follows from the others.
WITH latest AS (
  SELECT v.person, a.tone, a.pace, a.opening, a.lead,
         row_number() OVER (PARTITION BY v.person ORDER BY v.start_time DESC, v.session_id DESC) AS place
  FROM counted v JOIN session_approach a ON a.session_id = v.session_id
  WHERE v.is_valid AND v.in_range
),
chosen AS (
  SELECT 'tone' AS field, tone AS value FROM latest WHERE place = 1
  UNION ALL SELECT 'pace' AS field, pace AS value FROM latest WHERE place = 1
  UNION ALL SELECT 'opening' AS field, opening AS value FROM latest WHERE place = 1
  UNION ALL SELECT 'lead' AS field, lead AS value FROM latest WHERE place = 1
),
numbers AS (
  SELECT field, coalesce(value, 'as it comes') AS value, count(*) AS clients FROM chosen GROUP BY 1, 2
)
SELECT field, value, clients,
       CAST(clients AS double precision) / sum(clients) OVER (PARTITION BY field) AS share,
       min(clients) OVER (PARTITION BY field) AS smaller
FROM numbers
