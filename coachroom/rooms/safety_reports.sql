-- name: of_session
SELECT session_id, client_id, NULL, words, reported_at, changed_at, dealt_with_at, dealt_with_by
FROM safety_reports WHERE session_id = $1

-- name: of_coach
SELECT session_id, client_id, coach_email, words, reported_at, changed_at, dealt_with_at, dealt_with_by
FROM coach_safety_reports WHERE client_id = $1 AND coach_email = $2 ORDER BY reported_at DESC, session_id

-- name: latest
-- What is open, or was at the moment $3, comes before what is dealt with. What was changed is as new as what was
-- reported, but nobody has more than $2 before those of all others.
SELECT session_id, client_id, coach_email, words, reported_at, changed_at, dealt_with_at, dealt_with_by FROM (
  SELECT *, row_number() OVER (PARTITION BY coalesce(coach_email, client_id), coalesce(dealt_with_at <= $3, FALSE)
                               ORDER BY coalesce(changed_at, reported_at) DESC, session_id) AS place
  FROM (
    SELECT session_id, client_id, NULL AS coach_email, words, reported_at, changed_at, dealt_with_at, dealt_with_by
    FROM safety_reports
    UNION ALL
    SELECT session_id, client_id, coach_email, words, reported_at, changed_at, dealt_with_at, dealt_with_by
    FROM coach_safety_reports
  ) AS r
) AS placed
ORDER BY coalesce(dealt_with_at <= $3, FALSE), place > $2, coalesce(changed_at, reported_at) DESC, session_id,
         coach_email
LIMIT $1

-- name: counts
SELECT count(*) FILTER (WHERE dealt_with_at IS NULL), count(*)
FROM (SELECT dealt_with_at FROM safety_reports UNION ALL SELECT dealt_with_at FROM coach_safety_reports) AS r

-- name: deal_with
-- Nothing where other words stand by now.
UPDATE safety_reports SET dealt_with_at = $1, dealt_with_by = $2
WHERE session_id = $3 AND dealt_with_at IS NULL AND reported_at = $4 AND changed_at IS NOT DISTINCT FROM $5
RETURNING session_id

-- name: deal_with_of_coach
UPDATE coach_safety_reports SET dealt_with_at = $1, dealt_with_by = $2
WHERE session_id = $3 AND coach_email = $6 AND dealt_with_at IS NULL AND reported_at = $4
  AND changed_at IS NOT DISTINCT FROM $5 RETURNING session_id

-- name: open_again
UPDATE safety_reports SET dealt_with_at = NULL, dealt_with_by = NULL
WHERE session_id = $1 AND dealt_with_at IS NOT NULL RETURNING session_id

-- name: open_again_of_coach
UPDATE coach_safety_reports SET dealt_with_at = NULL, dealt_with_by = NULL
WHERE session_id = $1 AND coach_email = $2 AND dealt_with_at IS NOT NULL RETURNING session_id

-- name: is_over
-- Nothing for a session that its client deleted, or took off the record.
SELECT end_time IS NOT NULL FROM sessions WHERE id = $1 AND client_id = $2 AND off_record_at IS NULL

-- name: put
-- Again: other words replace those that stand, and are not dealt with yet; none leave them. The first time stays beside
-- that of the change. Nothing is returned where all stays as it is.
INSERT INTO safety_reports (session_id, client_id, words, reported_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id) DO UPDATE SET words = excluded.words, changed_at = excluded.reported_at,
  dealt_with_at = NULL, dealt_with_by = NULL
WHERE excluded.words IS NOT NULL AND excluded.words IS DISTINCT FROM safety_reports.words
RETURNING reported_at, changed_at

-- name: put_of_coach
-- Again: as above.
INSERT INTO coach_safety_reports (session_id, client_id, coach_email, words, reported_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (session_id, coach_email) DO UPDATE SET words = excluded.words, changed_at = excluded.reported_at,
  dealt_with_at = NULL, dealt_with_by = NULL
WHERE excluded.words IS NOT NULL AND excluded.words IS DISTINCT FROM coach_safety_reports.words
RETURNING reported_at, changed_at

-- name: take_back
DELETE FROM safety_reports WHERE session_id = $1 AND client_id = $2

-- name: take_back_of_coach
DELETE FROM coach_safety_reports WHERE session_id = $1 AND coach_email = $2

-- name: reportable_sessions
SELECT id, start_time FROM sessions
WHERE client_id = $1 AND end_time IS NOT NULL AND off_record_at IS NULL ORDER BY start_time DESC, id LIMIT $2
