-- name: memories_of
SELECT id, client_id, kind, text, session_id, turns, confidence, source, status, created_at FROM memories
WHERE client_id = $1 AND status <> 'forgotten' ORDER BY created_at DESC, id DESC

-- name: forgotten_in
SELECT turns FROM memories WHERE session_id = $1 AND status = 'forgotten'

-- name: own_memory
SELECT text, kind FROM memories WHERE id = $1 AND client_id = $2 AND status <> 'forgotten'

-- name: wishes
SELECT remembers, nothing_before FROM coaching_preferences WHERE client_id = $1

-- name: lines_of
SELECT id, fingerprint, status, session_id, turns FROM memories WHERE client_id = $1

-- name: add_memories
INSERT INTO memories (id, client_id, kind, text, fingerprint, session_id, turns, confidence, source, status,
  created_at, changed_at)
SELECT v.id, v.client_id, v.kind, v.text, v.fingerprint, v.session_id, CAST(v.turns AS JSON), v.confidence, v.source,
       v.status, v.created_at, v.created_at
FROM (SELECT unnest($1::text[]) AS id, unnest($2::text[]) AS client_id, unnest($3::text[]) AS kind,
             unnest($4::text[]) AS text, unnest($5::text[]) AS fingerprint, unnest($6::text[]) AS session_id,
             unnest($7::text[]) AS turns, unnest($8::double precision[]) AS confidence, unnest($9::text[]) AS source,
             unnest($10::text[]) AS status, unnest($11::timestamp[]) AS created_at) AS v

-- name: edit
UPDATE memories SET text = $2, fingerprint = $3, status = 'edited', changed_at = $4 WHERE id = $1

-- name: forget
UPDATE memories SET text = NULL, status = 'forgotten', changed_at = $2 WHERE id = ANY($1)

-- name: restore
UPDATE memories SET text = $3, status = $4, changed_at = $6
WHERE id = $1 AND client_id = $2 AND status = 'forgotten'
  AND NOT EXISTS (SELECT 1 FROM memories k WHERE k.client_id = $2 AND k.fingerprint = $5 AND k.status <> 'forgotten')

-- name: restore_note
UPDATE proposals SET status = $2, content = CAST($3 AS JSON) WHERE id = $1 AND client_id = $4

-- name: nothing_before
INSERT INTO coaching_preferences (client_id, remembers, nothing_before, updated_at) VALUES ($1, TRUE, $2, $2)
ON CONFLICT (client_id) DO UPDATE SET nothing_before = excluded.nothing_before

-- name: notes_of
SELECT id, session_id, turns, target_id, content, status FROM proposals WHERE client_id = $1 AND kind = 'memory'

-- name: strike_notes
UPDATE proposals SET content = CAST('{}' AS JSON), decided_at = $2,
  status = CASE status WHEN 'open' THEN 'declined' WHEN 'applied' THEN 'undone' ELSE status END
WHERE id = ANY($1)

-- name: edit_note
UPDATE proposals SET content = CAST($2 AS JSON) WHERE target_id = $1 AND kind = 'memory'

-- name: noted_of
SELECT session_id, kind, content, turns, status FROM proposals
WHERE client_id = $1 AND session_id IS NOT NULL AND kind NOT IN ('memory', 'tailoring') AND status <> 'open'
