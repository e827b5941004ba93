-- name: talked_in
SELECT session_id FROM conversations
WHERE session_id = ANY($1::text[]) AND message NOT IN ('', '...')
GROUP BY session_id
HAVING count(*) FILTER (WHERE sender = 'client') >= $2 AND count(*) FILTER (WHERE sender = 'agent') >= $2
