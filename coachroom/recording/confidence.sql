-- name: put
-- A score that this analysis does not have stays.
INSERT INTO confidence (session_id, before_score, after_score, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id) DO UPDATE SET before_score = coalesce(excluded.before_score, confidence.before_score),
  after_score = coalesce(excluded.after_score, confidence.after_score), created_at = excluded.created_at

-- name: add
-- A score that is known stays.
INSERT INTO confidence (session_id, before_score, after_score, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id) DO UPDATE SET before_score = coalesce(confidence.before_score, excluded.before_score),
  after_score = coalesce(confidence.after_score, excluded.after_score)

-- name: known
SELECT before_score, after_score FROM confidence WHERE session_id = $1
