-- Whose sessions, goals and actions count; $segment is the segment's value. `without_…`: those in none of such parts;
-- `all_…`: what parts there are. `roster`: their entries of the roster, also of those who have never signed in.
-- `told` stands before each: _told_versions.sql.

-- name: everybody
facts AS NOT MATERIALIZED (SELECT * FROM session_facts),
people AS NOT MATERIALIZED (SELECT id AS client_id FROM client_profiles),
roster AS NOT MATERIALIZED (SELECT client_id, role, created_at, joined_at, left_at FROM members)

-- name: tier
people AS NOT MATERIALIZED (
  SELECT client_id FROM members WHERE tier = CAST($segment AS text) AND client_id IS NOT NULL
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE tier = CAST($segment AS text)
)

-- name: coach
people AS NOT MATERIALIZED (
  SELECT client_id FROM members WHERE coach_email = CAST($segment AS text) AND client_id IS NOT NULL
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE coach_email = CAST($segment AS text)
)

-- name: client
people AS NOT MATERIALIZED (SELECT CAST($segment AS text) AS client_id),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE client_id = CAST($segment AS text)
)

-- name: joined
roster AS (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE CAST(date_trunc('month', (coalesce(joined_at, created_at) AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text)) AS date)
    = CAST(CAST($segment AS text) || '-01' AS date)
),
people AS NOT MATERIALIZED (SELECT client_id FROM roster WHERE client_id IS NOT NULL),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))

-- name: source
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members WHERE source = CAST($segment AS text)
),
people AS NOT MATERIALIZED (SELECT client_id FROM roster WHERE client_id IS NOT NULL),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people))

-- name: agent
-- An agent in one of its versions, where one may be told: two parts by agent and by version would tell more together.
facts AS NOT MATERIALIZED (
  SELECT * FROM told WHERE agent_id || coalesce(' ' || told_version, '') = CAST($segment AS text)
),
people AS NOT MATERIALIZED (SELECT DISTINCT client_id FROM facts),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE client_id IN (SELECT client_id FROM people)
)

-- name: cohort
people AS (
  SELECT client_id FROM session_facts
  WHERE start_time < CAST($until AS timestamp) AND status IN ('completed', 'abandoned')
    AND (client_turns >= 1 OR off_record) AND duration_seconds >= CAST($min_valid_seconds AS double precision)
  GROUP BY client_id
  HAVING CAST(date_trunc('month', (min(start_time) AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text)) AS date)
    = CAST(CAST($segment AS text) || '-01' AS date)
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE client_id IN (SELECT client_id FROM people)
)

-- name: without_tier
people AS NOT MATERIALIZED (
  SELECT id AS client_id FROM client_profiles
  WHERE id NOT IN (SELECT client_id FROM members WHERE tier IS NOT NULL AND client_id IS NOT NULL)
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE tier IS NULL
)

-- name: without_coach
people AS NOT MATERIALIZED (
  SELECT id AS client_id FROM client_profiles
  WHERE id NOT IN (SELECT client_id FROM members WHERE coach_email IS NOT NULL AND client_id IS NOT NULL)
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE coach_email IS NULL
)

-- name: without_agent
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE agent_id IS NULL),
people AS NOT MATERIALIZED (SELECT DISTINCT client_id FROM facts),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE client_id IN (SELECT client_id FROM people)
)

-- name: without_cohort
people AS (
  SELECT id AS client_id FROM client_profiles
  WHERE id NOT IN (
    SELECT client_id FROM session_facts
    WHERE start_time < CAST($until AS timestamp) AND status IN ('completed', 'abandoned')
      AND (client_turns >= 1 OR off_record) AND duration_seconds >= CAST($min_valid_seconds AS double precision))
),
facts AS NOT MATERIALIZED (SELECT * FROM session_facts WHERE client_id IN (SELECT client_id FROM people)),
roster AS NOT MATERIALIZED (
  SELECT client_id, role, created_at, joined_at, left_at FROM members
  WHERE client_id IN (SELECT client_id FROM people)
)

-- name: all_tier
SELECT DISTINCT tier AS value FROM members WHERE tier IS NOT NULL AND client_id IS NOT NULL ORDER BY value

-- name: all_coach
SELECT DISTINCT coach_email AS value FROM members WHERE coach_email IS NOT NULL AND client_id IS NOT NULL
ORDER BY value

-- name: all_agent
SELECT DISTINCT agent_id || coalesce(' ' || told_version, '') AS value FROM told WHERE agent_id IS NOT NULL
ORDER BY value

-- name: all_cohort
SELECT DISTINCT left(CAST((first_time AT TIME ZONE 'UTC') AT TIME ZONE CAST($zone AS text) AS text), 7) AS value
FROM (
  SELECT min(start_time) AS first_time FROM session_facts
  WHERE start_time < CAST($until AS timestamp) AND status IN ('completed', 'abandoned')
    AND (client_turns >= 1 OR off_record) AND duration_seconds >= CAST($min_valid_seconds AS double precision)
  GROUP BY client_id
) AS firsts ORDER BY value
