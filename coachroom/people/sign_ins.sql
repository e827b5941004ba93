-- name: begin
INSERT INTO sign_ins (id, issuer, subject, email, started_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT DO NOTHING

-- name: find
SELECT s.id, s.issuer, s.subject, s.email, s.started_at, s.last_used_at, i.standing, i.email, i.not_before
FROM sign_ins s JOIN identities i ON i.issuer = s.issuer AND i.subject = s.subject
WHERE s.id = $1

-- name: several
SELECT s.id, s.issuer, s.subject, s.email, s.started_at, s.last_used_at, i.standing, i.email, i.not_before,
       m.email IS NOT NULL
FROM sign_ins s JOIN identities i ON i.issuer = s.issuer AND i.subject = s.subject
LEFT JOIN members m ON m.email = i.email AND m.status = 'active'
WHERE s.id = ANY($1::text[])

-- name: note_use
UPDATE sign_ins SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2

-- name: end_of_identity
UPDATE identities SET not_before = $3 WHERE issuer = $1 AND subject = $2

-- name: sweep
DELETE FROM sign_ins WHERE started_at <= $1 OR last_used_at <= $2

-- name: sweep_strangers
DELETE FROM identities i WHERE i.standing = 'stranger'
  AND NOT EXISTS (SELECT 1 FROM sign_ins s WHERE s.issuer = i.issuer AND s.subject = i.subject)
