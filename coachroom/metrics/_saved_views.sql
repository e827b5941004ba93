-- name: of_person
SELECT name, choices FROM saved_views WHERE email = $1 ORDER BY lower(name), name

-- name: others
SELECT count(*) FROM saved_views WHERE email = $1 AND name <> $2

-- name: put
INSERT INTO saved_views (email, name, choices, created_at) VALUES ($1, $2, CAST($3 AS JSON), $4)
ON CONFLICT (email, name) DO UPDATE SET choices = excluded.choices, created_at = excluded.created_at

-- name: delete
DELETE FROM saved_views WHERE email = $1 AND name = $2
