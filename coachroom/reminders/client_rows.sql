-- Which rows of this package's tables are a client's, as conditions.

-- name: reminder_choices
client_id = $client

-- name: come_back_days
client_id = $client

-- name: given_reminders
client_id = $client

-- name: planning_hints_put_away
client_id = $client
