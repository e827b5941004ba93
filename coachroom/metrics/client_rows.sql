-- Which rows of this package's tables are a client's, as conditions; FALSE where a table holds nobody.

-- name: session_facts
client_id = $client

-- name: client_numbers
client_id = $client

-- name: facts_due
session_id = ANY($sessions)

-- name: saved_views
email = ANY($emails)

-- name: day_notes
FALSE
