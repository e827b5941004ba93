-- Which rows of this package's tables are a client's, as conditions; FALSE where a table holds nobody.

-- name: comparisons
FALSE

-- name: comparison_draws
client_id = $client

-- name: comparison_refusals
client_id = $client

-- name: agent_tries
FALSE
