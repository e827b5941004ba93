-- Which rows of this package's tables are one session's, as conditions.

-- name: briefings
session_id = $session

-- name: session_approach
session_id = $session

-- name: session_lookups
session_id = $session
