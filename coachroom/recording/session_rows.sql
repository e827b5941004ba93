-- Which rows of this package's tables are one session's, as conditions. `$calls`: the provider's ids of its calls.

-- name: conversations
session_id = $session

-- name: agent_conversations
session_id = $session

-- name: provider_records
session_id = $session OR conversation_id = ANY($calls)

-- name: refused_calls
session_id = $session

-- name: evaluations
session_id = $session

-- name: confidence
session_id = $session

-- name: talk_reminders
session_id = $session

-- name: erased_calls
FALSE

-- name: silences
session_id = $session
