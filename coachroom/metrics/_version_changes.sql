-- name: changes
-- When a version of the agent was first met, but for the one that all began with, and none that only a few have met.
SELECT agent_version, first_at FROM (
  SELECT agent_version, min(start_time) AS first_at, count(DISTINCT client_id) AS clients,
         row_number() OVER (ORDER BY min(start_time), agent_version) AS place
  FROM session_facts WHERE agent_version IS NOT NULL GROUP BY agent_version
) AS versions
WHERE place > 1 AND clients >= $1 ORDER BY first_at DESC LIMIT 50
