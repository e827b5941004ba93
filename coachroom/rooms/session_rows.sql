-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: consents
FALSE

-- name: withdrawn_consents
FALSE

-- name: feedback
session_id = $session

-- name: check_ins
session_id = $session

-- name: safety_reports
session_id = $session

-- name: coach_safety_reports
session_id = $session

-- name: session_questions
session_id = $session

-- name: pauses
session_id = $session

-- name: rooms
id IN (SELECT s.room_id FROM sessions s WHERE s.id = $session)
AND NOT EXISTS (SELECT 1 FROM sessions o WHERE o.room_id = rooms.id AND o.id <> $session)

-- name: sessions
id = $session
