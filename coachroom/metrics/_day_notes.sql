-- name: all
SELECT id, day, words FROM day_notes ORDER BY day, created_at, id

-- name: count
SELECT count(*) FROM day_notes

-- name: add
INSERT INTO day_notes (id, day, words, created_by, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: remove
DELETE FROM day_notes WHERE id = $1 RETURNING day, words
