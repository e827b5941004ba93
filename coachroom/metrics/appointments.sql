WITH agreed AS (
  SELECT client_id AS person, status, missed_by, sequence - CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END AS moves,
         CAST(extract(epoch FROM begins_at - made_at) AS double precision) / 86400 AS lead_days,
         CAST(floor(extract(epoch FROM begins_at) / 900) AS bigint) AS quarter
  FROM appointments
  WHERE begins_at < CAST($until AS timestamp) AND begins_at >= coalesce(CAST($start AS timestamp), '-infinity')
    AND client_id IN (SELECT client_id FROM people)
),
-- Converted once for each quarter of an hour, as in _sessions.sql.
begin_quarters AS (
  SELECT quarter, CAST(date_trunc(CAST($interval AS text),
           ((TIMESTAMP '1970-01-01' + quarter * INTERVAL '15 minutes') AT TIME ZONE 'UTC')
             AT TIME ZONE CAST($zone AS text)) AS date) AS interval_start
  FROM (SELECT DISTINCT quarter FROM agreed) AS q
)
SELECT interval_start, count(*) AS appointments, count(*) FILTER (WHERE moves > 0) AS moved,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled, count(*) FILTER (WHERE status = 'kept') AS kept,
       count(*) FILTER (WHERE missed_by = 'client') AS missed_by_client,
       count(*) FILTER (WHERE missed_by = 'coach') AS missed_by_coach,
       count(*) FILTER (WHERE missed_by = 'both') AS missed_by_both,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) AS p50_lead_days, count(DISTINCT person) AS people
FROM agreed a JOIN begin_quarters q ON q.quarter = a.quarter GROUP BY interval_start
