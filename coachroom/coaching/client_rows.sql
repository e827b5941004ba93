-- Which rows of this package's tables are a client's, as conditions. `$goals`: the ids of their goals.

-- name: goals
client_id = $client

-- name: goal_levels
goal_id = ANY($goals)

-- name: goal_checkins
goal_id = ANY($goals)

-- name: actions
client_id = $client

-- name: memories
client_id = $client

-- name: proposals
client_id = $client

-- name: coaching_preferences
client_id = $client

-- name: approach_choices
client_id = $client

-- name: approach_asks
client_id = $client

-- name: session_choices
client_id = $client

-- name: written_steps
client_id = $client

-- name: session_stages
session_id = ANY($sessions)
