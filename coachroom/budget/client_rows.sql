-- Which rows of this package's tables are a client's, as conditions.

-- name: call_grants
client_id = $client

-- name: signed_addresses
client_id = $client
