-- Which rows of this package's tables are a client's, as conditions. `$emails`: the addresses that they have here.

-- name: sign_ins
email = ANY($emails) OR (issuer, subject) IN (SELECT issuer, subject FROM identities WHERE email = ANY($emails))

-- name: identities
email = ANY($emails)

-- name: audit_log
subject = $client OR subject = ANY($emails) OR actor = ANY($emails)
OR EXISTS (SELECT 1 FROM unnest($emails) AS e (email) WHERE strpos(CAST(detail AS VARCHAR), '"' || e.email || '"') > 0)

-- name: hook_events
FALSE

-- name: roster_changes
email = ANY($emails) OR old_email = ANY($emails)

-- name: members
-- Whoever never was here has an address and no client yet.
client_id = $client OR (client_id IS NULL AND email = ANY($emails))

-- name: client_profiles
id = $client
