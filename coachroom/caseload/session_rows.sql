-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: coach_notes
FALSE

-- name: coach_messages
FALSE

-- name: handoffs
session_id = $session
