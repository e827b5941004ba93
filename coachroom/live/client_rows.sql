-- Which rows of this package's tables are a client's, as conditions.

-- name: live_acts
join_id IN (SELECT j.id FROM live_joins j WHERE j.client_id = $client)

-- name: live_joins
client_id = $client

-- name: live_choices
client_id = $client
