-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: live_acts
join_id IN (SELECT j.id FROM live_joins j WHERE j.session_id = $session)

-- name: live_joins
session_id = $session

-- name: live_choices
FALSE
