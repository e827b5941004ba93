-- name: memories_in
SELECT id, status, text, turns, created_at FROM memories WHERE session_id = $1 AND source = 'provider'

-- name: drop_memories
DELETE FROM memories WHERE id = ANY($1)

-- name: follow_memory
UPDATE memories SET text = $2, fingerprint = $3, turns = CAST($4 AS JSON), created_at = $5, changed_at = $6
WHERE id = $1

-- name: follow_turns
-- What was forgotten stays forgotten in turns that have other ids now.
UPDATE memories SET turns = CAST($2 AS JSON) WHERE id = $1

-- name: proposals_in
SELECT id, status, content, turns, created_at FROM proposals WHERE session_id = $1 AND source = 'provider'

-- name: drop_proposals
DELETE FROM proposals WHERE id = ANY($1)

-- name: follow_proposal
UPDATE proposals SET content = CAST($2 AS JSON), turns = CAST($3 AS JSON), created_at = $4 WHERE id = $1
