-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: session_facts
session_id = $session

-- name: facts_due
session_id = $session

-- name: client_numbers
FALSE

-- name: saved_views
FALSE

-- name: day_notes
FALSE
