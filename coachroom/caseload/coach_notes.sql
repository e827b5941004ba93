-- name: add
INSERT INTO coach_notes (id, client_id, coach_email, kind, words, due_on, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: count
SELECT count(*) FROM coach_notes WHERE client_id = $1 AND coach_email = $2

-- name: about
SELECT id, client_id, kind, words, due_on, made_at, done_at FROM coach_notes
WHERE client_id = $1 AND coach_email = $2 ORDER BY made_at DESC, id DESC

-- name: ahead
-- The reminders that are open and the latest contacts of a coach, of clients who are theirs.
SELECT n.id, n.client_id, n.kind, n.words, n.due_on, n.made_at, n.done_at, m.display_name
FROM coach_notes n JOIN members m ON m.client_id = n.client_id
WHERE n.coach_email = $1 AND m.coach_email = $1 AND m.role = 'client' AND m.status = 'active'
  AND ((n.kind = 'reminder' AND n.done_at IS NULL) OR (n.kind = 'contacted' AND n.made_at >= $2))
ORDER BY n.due_on, n.made_at, n.id

-- name: done
UPDATE coach_notes SET done_at = coalesce(done_at, $3) WHERE id = $1 AND coach_email = $2 AND kind = 'reminder'

-- name: delete
DELETE FROM coach_notes WHERE id = $1 AND coach_email = $2
