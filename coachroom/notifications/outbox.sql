-- name: put
-- Not about whoever was erased since it was thought of.
INSERT INTO outbox (key, kind, channel, recipient, about, payload, state, tries, created_at, next_try_at, good_until)
SELECT $1, $2, $3, $4, $5::text[], CAST($6 AS JSON), 'waiting', 0, CAST($7 AS timestamp), CAST($7 AS timestamp), CAST($8 AS timestamp)
WHERE NOT EXISTS (SELECT 1 FROM unnest($5::text[]) AS a (id) WHERE a.id NOT IN (SELECT id FROM client_profiles))
ON CONFLICT (key) DO NOTHING RETURNING key

-- name: known
SELECT key FROM outbox WHERE key = ANY($1::text[])

-- name: waits_for
SELECT 1 FROM outbox WHERE kind = $1 AND recipient = $2 AND state = 'waiting'

-- name: moot
-- Nobody needs it any more, its recipient may not come in any more or wants none, or nothing is set up to send it.
SELECT key FROM outbox o
WHERE state = 'waiting' AND (
  good_until < $1
  OR NOT channel = ANY ($2::text[])
  OR (channel IN ('mail', 'push') AND NOT EXISTS (SELECT 1 FROM members m WHERE m.email = o.recipient AND m.status = 'active'))
  OR (channel = 'mail' AND EXISTS (SELECT 1 FROM unsubscribed u WHERE u.email = o.recipient AND u.kind = o.kind))
  OR (channel = 'push' AND NOT EXISTS (
    SELECT 1 FROM push_subscriptions p WHERE p.person = o.recipient AND p.endpoint_hash = o.payload->>'browser'))
  OR (kind = 'new_device' AND NOT EXISTS (
    SELECT 1 FROM device_notices d JOIN members m ON m.client_id = d.client_id WHERE m.email = o.recipient))
)

-- name: drop
UPDATE outbox SET state = 'dropped', payload = NULL, next_try_at = NULL, settled_at = $2
WHERE key = ANY($1::text[]) AND state = 'waiting'

-- name: due
SELECT key, kind, channel, CAST(payload AS text), recipient, about, good_until, tries, created_at
FROM outbox WHERE state = 'waiting' AND next_try_at <= $1 ORDER BY next_try_at, key LIMIT $2

-- name: sent
UPDATE outbox SET state = 'sent', payload = NULL, tries = tries + 1, next_try_at = NULL, settled_at = $2, error = NULL
WHERE key = $1

-- name: wait
UPDATE outbox SET next_try_at = $2 WHERE key = $1 AND state = 'waiting'

-- name: not_sent
-- Not what another process has sent or dropped meanwhile, as this one stood still.
UPDATE outbox SET state = $2, tries = tries + 1, next_try_at = $3, settled_at = $4, error = $5
WHERE key = $1 AND state = 'waiting'

-- name: hold_back
UPDATE outbox SET state = 'given_up', settled_at = $1, error = $2 WHERE state = 'waiting' AND next_try_at <= $1

-- name: try_again
UPDATE outbox SET state = 'waiting', tries = 0, next_try_at = $2, settled_at = NULL
WHERE key = $1 AND state = 'given_up' AND payload IS NOT NULL RETURNING key

-- name: latest
SELECT key, kind, channel, recipient, state, tries, created_at, settled_at, error, payload IS NOT NULL
FROM outbox ORDER BY created_at DESC, key LIMIT $1

-- name: count_by_state
SELECT state, count(*) FROM outbox GROUP BY state

-- name: given_up_since
SELECT count(*) FROM outbox WHERE state = 'given_up' AND settled_at >= $1

-- name: latest_for
SELECT recipient, state, created_at, error FROM (
  SELECT recipient, state, created_at, error, row_number() OVER (PARTITION BY recipient ORDER BY created_at DESC, key DESC) AS place
  FROM outbox WHERE kind = $1 AND recipient = ANY($2::text[])
) AS each_one WHERE place = 1

-- name: forget_payloads
UPDATE outbox SET payload = NULL
WHERE state = 'given_up' AND settled_at < $1 AND payload IS NOT NULL

-- name: forget
DELETE FROM outbox WHERE settled_at < $1

-- name: unsubscribe
INSERT INTO unsubscribed (email, kind, unsubscribed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: subscribe
DELETE FROM unsubscribed WHERE email = $1 AND kind = $2

-- name: is_unsubscribed
SELECT 1 FROM unsubscribed WHERE email = $1 AND kind = $2
