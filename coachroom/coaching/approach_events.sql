-- name: add_choice
INSERT INTO approach_choices (id, client_id, field, value, source, session_id, state, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: choices_of
SELECT field, value, state, source, made_at, session_id FROM approach_choices WHERE client_id = $1
ORDER BY made_at, id
