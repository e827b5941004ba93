-- Which rows of this package's tables are a client's, as conditions.

-- name: briefings
client_id = $client

-- name: session_approach
client_id = $client

-- name: session_lookups
client_id = $client
