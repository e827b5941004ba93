-- name: list_turns
SELECT seq, id, message, sender, timestamp, context FROM conversations WHERE session_id = $1 ORDER BY seq

-- name: insert_turns
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT unnest($1::text[]), unnest($2::integer[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
       unnest($6::timestamp[]), CAST(unnest($7::text[]) AS JSON)

-- name: upsert_turns
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT unnest($1::text[]), unnest($2::integer[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
       unnest($6::timestamp[]), CAST(unnest($7::text[]) AS JSON)
ON CONFLICT (session_id, seq) DO UPDATE SET id = excluded.id, message = excluded.message,
  sender = excluded.sender, timestamp = excluded.timestamp, context = excluded.context

-- name: delete_turns_after
DELETE FROM conversations WHERE session_id = $1 AND seq > $2
