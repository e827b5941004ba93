-- Whose sessions, goals and actions count; $segment is the segment's value.

-- name: everybody
facts AS NOT MATERIALIZED (SELECT * FROM session_facts),
people AS NOT MATERIALIZED (SELECT id AS client_id FROM client_profiles)

-- name: tier
people AS NOT MATERIALIZED (
  SELECT client_id FROM members WHERE tier = CAST($segment AS text) AND client_id IS NOT NULL
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))

-- name: coach
people AS NOT MATERIALIZED (
  SELECT client_id FROM members WHERE coach_email = CAST($segment AS text) AND client_id IS NOT NULL
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))

-- name: client
people AS NOT MATERIALIZED (SELECT CAST($segment AS text) AS client_id),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))

-- name: agent
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE agent_id = CAST($segment AS text)),
people AS NOT MATERIALIZED (SELECT DISTINCT client_id FROM facts)

-- name: cohort
people AS (
  SELECT client_id FROM session_facts
  WHERE start_time < CAST($until AS timestamp) AND status IN ('completed', 'abandoned')
    AND client_turns >= 1 AND duration_seconds >= CAST($min_valid_seconds AS double precision)
  GROUP BY client_id
  HAVING CAST(date_trunc('month', (min(start_time) AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text)) AS date)
    = CAST(CAST($segment AS text) || '-01' AS date)
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))
