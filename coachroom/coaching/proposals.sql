-- name: proposals_in
SELECT id, client_id, session_id, source, kind, content, turns, status, target_id, created_at FROM proposals
WHERE session_id = $1 ORDER BY created_at, id

-- name: open_proposals
SELECT id, client_id, session_id, source, kind, content, turns, status, target_id, created_at FROM proposals
WHERE client_id = $1 AND status = 'open' ORDER BY created_at, id

-- name: suggestions_of
SELECT id, client_id, session_id, source, kind, content, turns, status, target_id, created_at FROM proposals
WHERE client_id = $1 AND source = 'coach' ORDER BY created_at DESC, id DESC

-- name: find_proposal
SELECT id, client_id, session_id, source, kind, content, turns, status, target_id, created_at FROM proposals
WHERE id = $1

-- name: add_proposal
INSERT INTO proposals (id, client_id, session_id, source, kind, content, turns, status, target_id, created_at)
VALUES ($1, $2, $3, $4, $5, CAST($6 AS JSON), CAST($7 AS JSON), $8, $9, $10)

-- name: settle_proposal
UPDATE proposals SET status = $2, target_id = $3, content = CAST($4 AS JSON), decided_at = $5 WHERE id = $1
