-- name: of
SELECT c.come_on, c.session_id, c.chosen_at FROM come_back_days c
WHERE c.client_id = $1 AND NOT EXISTS (
  SELECT 1 FROM sessions s WHERE s.client_id = c.client_id AND s.start_time > c.chosen_at)

-- name: put
INSERT INTO come_back_days (client_id, session_id, come_on, chosen_by, chosen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_id) DO UPDATE SET session_id = excluded.session_id, come_on = excluded.come_on,
  chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at

-- name: drop
DELETE FROM come_back_days WHERE client_id = $1

-- name: moot
SELECT c.client_id FROM come_back_days c
WHERE c.come_on < $1 OR EXISTS (
  SELECT 1 FROM sessions s WHERE s.client_id = c.client_id AND s.start_time > c.chosen_at)

-- name: drop_moot
-- Looked at again: they may have chosen anew.
DELETE FROM come_back_days WHERE client_id = ANY($1::text[]) AND (come_on < $2 OR EXISTS (
  SELECT 1 FROM sessions s WHERE s.client_id = come_back_days.client_id AND s.start_time > come_back_days.chosen_at))
