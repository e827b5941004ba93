-- Which rows of this package's tables are a client's, as conditions. `$calls`: the provider's ids of their calls.

-- name: conversations
session_id = ANY($sessions)

-- name: agent_conversations
session_id = ANY($sessions)

-- name: provider_records
client_id = $client OR session_id = ANY($sessions) OR conversation_id = ANY($calls)

-- name: refused_calls
session_id = ANY($sessions)

-- name: evaluations
session_id = ANY($sessions)

-- name: confidence
session_id = ANY($sessions)

-- name: talk_reminders
session_id = ANY($sessions)

-- name: erased_calls
FALSE

-- name: silences
session_id = ANY($sessions)
