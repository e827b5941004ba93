-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: call_grants
-- What a session took of the budget stays taken: see deleted_sessions.py.
FALSE

-- name: signed_addresses
FALSE
