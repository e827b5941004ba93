-- name: mark_due
-- The first facts of a session are due at once, $2, later ones at $3.
INSERT INTO facts_due (session_id, due_at, changes)
SELECT given.id, CASE WHEN f.session_id IS NULL THEN CAST($2 AS timestamp) ELSE CAST($3 AS timestamp) END, 1
FROM (SELECT DISTINCT unnest($1::text[]) AS id) AS given LEFT JOIN session_facts f ON f.session_id = given.id
WHERE TRUE
ON CONFLICT (session_id) DO UPDATE SET changes = facts_due.changes + 1

-- name: list_due
SELECT session_id, changes FROM facts_due WHERE due_at <= $1 ORDER BY due_at, session_id LIMIT $2

-- name: delete_made
DELETE FROM facts_due USING (SELECT unnest($1::text[]) AS id, unnest($2::integer[]) AS changes) AS made
WHERE facts_due.session_id = made.id AND facts_due.changes = made.changes

-- name: defer_changed
-- What became due again meanwhile.
UPDATE facts_due SET due_at = $2 WHERE session_id = ANY($1)

-- name: still_due
-- Not those that another process has made meanwhile, perhaps of more than was known here.
SELECT s.id FROM sessions s JOIN facts_due d ON d.session_id = s.id WHERE s.id = ANY($1::text[])
