-- Which rows of this package's tables are one session's: none.

-- name: comparisons
FALSE

-- name: comparison_draws
FALSE

-- name: comparison_refusals
FALSE

-- name: agent_tries
FALSE
