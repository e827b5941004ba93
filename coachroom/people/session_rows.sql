-- Which rows of this package's tables are one session's, as conditions: none is.

-- name: sign_ins
FALSE

-- name: identities
FALSE

-- name: audit_log
FALSE

-- name: roster_changes
FALSE

-- name: members
FALSE

-- name: client_profiles
FALSE

-- name: hook_events
FALSE
