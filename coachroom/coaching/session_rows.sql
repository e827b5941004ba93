-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none. Goals, steps
-- and check-ins are the client's, whatever session they came from: see session_notes.py.

-- name: goals
FALSE

-- name: goal_levels
FALSE

-- name: goal_checkins
FALSE

-- name: actions
FALSE

-- name: memories
session_id = $session

-- name: proposals
session_id = $session

-- name: coaching_preferences
FALSE

-- name: approach_choices
FALSE

-- name: approach_asks
session_id = $session

-- name: session_choices
session_id = $session

-- name: written_steps
session_id = $session

-- name: session_stages
session_id = $session
