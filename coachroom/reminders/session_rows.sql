-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: reminder_choices
FALSE

-- name: come_back_days
session_id = $session

-- name: given_reminders
FALSE

-- name: planning_hints_put_away
FALSE
