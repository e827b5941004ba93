-- name: rows
-- One row an ended session of the months asked for; `person` tells clients apart and leaves with nobody.
SELECT interval_start AS month, client_no AS person, status, end_reason, CASE WHEN is_valid THEN 'yes' ELSE 'no' END AS valid,
       duration_seconds / 60 AS minutes, client_turns, agent_turns, client_words, agent_words, interrupted_turns,
       list_aggregate(felt_ms, 'median') AS p50_ms
FROM ended WHERE in_range
