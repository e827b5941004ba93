-- Which rows of this package's tables are a client's, as conditions.

-- name: coach_notes
client_id = $client

-- name: coach_messages
client_id = $client

-- name: handoffs
client_id = $client
