-- name: add
INSERT INTO identities (issuer, subject, standing, changed_at) VALUES ($1, $2, 'stranger', $3) ON CONFLICT DO NOTHING

-- name: known_by_others
SELECT subject FROM identities
WHERE email = $1 AND standing = 'known' AND issuer <> 'development' AND NOT (issuer = $2 AND subject = $3)

-- name: set_standing
UPDATE identities SET email = $3, standing = $4, changed_at = $5 WHERE issuer = $1 AND subject = $2

-- name: standing
SELECT standing, email FROM identities WHERE issuer = $1 AND subject = $2

-- name: release_others
UPDATE identities SET email = NULL, standing = 'stranger', changed_at = $4, not_before = $4
WHERE email = $1 AND standing = 'known' AND issuer <> 'development' AND NOT (issuer = $2 AND subject = $3)

-- name: waiting
SELECT issuer, subject, email, changed_at FROM identities WHERE standing = 'waiting' ORDER BY changed_at, email, issuer, subject

-- name: end_of_members
UPDATE identities SET not_before = $2 WHERE email = ANY($1::text[])

-- name: forget
UPDATE identities SET email = NULL, standing = 'stranger', changed_at = $2, not_before = $2
WHERE email = $1

-- name: forget_since
UPDATE identities SET email = NULL, standing = 'stranger', changed_at = $3, not_before = $3
WHERE email = $1 AND standing <> 'refused' AND changed_at > $2

-- name: of_members
SELECT DISTINCT email FROM identities WHERE email = ANY($1::text[]) ORDER BY email

-- name: follow_address
UPDATE identities SET email = $2 WHERE email = $1 AND standing <> 'stranger'
