-- name: reminded_since
SELECT count(*) > 0 FROM talk_reminders WHERE session_id = $1 AND reminded_at > $2

-- name: add_reminder
INSERT INTO talk_reminders (session_id, id, reminded_at)
SELECT id, $2, $3 FROM sessions
WHERE id = $1 AND off_record_at IS NULL AND (SELECT count(*) FROM talk_reminders WHERE session_id = $1) < $4
ON CONFLICT (session_id, id) DO NOTHING
