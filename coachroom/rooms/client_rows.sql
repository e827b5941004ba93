-- Which rows of this package's tables are a client's, as conditions. `$sessions`: the ids of their sessions.

-- name: consents
client_id = $client

-- name: withdrawn_consents
client_id = $client

-- name: feedback
session_id = ANY($sessions)

-- name: check_ins
session_id = ANY($sessions)

-- name: safety_reports
client_id = $client

-- name: coach_safety_reports
client_id = $client

-- name: session_questions
session_id = ANY($sessions)

-- name: pauses
session_id = ANY($sessions)

-- name: sessions
client_id = $client

-- name: rooms
client_id = $client
