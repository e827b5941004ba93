-- name: no_more
SELECT asks_no_more_at IS NOT NULL FROM coaching_preferences WHERE client_id = $1

-- name: put_no_more
INSERT INTO coaching_preferences (client_id, remembers, asks_no_more_at, updated_at) VALUES ($1, true, $2, $3)
ON CONFLICT (client_id) DO UPDATE SET asks_no_more_at = excluded.asks_no_more_at, updated_at = excluded.updated_at

-- name: ask
INSERT INTO approach_asks (client_id, occasion, session_id, asked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: answer
UPDATE approach_asks SET answered_at = $3, changed = $4 WHERE client_id = $1 AND occasion = $2 AND answered_at IS NULL

-- name: answered
SELECT answered_at IS NOT NULL FROM approach_asks WHERE client_id = $1 AND occasion = $2
