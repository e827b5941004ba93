-- name: add_join
INSERT INTO live_joins (id, session_id, client_id, coach_email, reason, status, asked_at)
VALUES ($1, $2, $3, $4, $5, 'asked', $6)

-- name: find_join
SELECT id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
FROM live_joins WHERE id = $1

-- name: open_in
SELECT id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
FROM live_joins WHERE session_id = $1 AND status IN ('asked', 'admitted')

-- name: of_session
SELECT id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
FROM live_joins WHERE session_id = $1 ORDER BY asked_at, id

-- name: with_acts
SELECT j.id, j.session_id, j.client_id, j.coach_email, j.reason, j.status, j.asked_at, j.answered_at, j.first_linked_at,
       j.ended_at, j.end_reason, a.join_id, a.n, a.id, a.act, a.text, a.acted_at
FROM live_joins j LEFT JOIN live_acts a ON a.join_id = j.id WHERE j.session_id = $1 ORDER BY j.asked_at, j.id, a.n

-- name: of_client
SELECT id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
FROM live_joins WHERE client_id = $1 ORDER BY asked_at DESC, id DESC LIMIT $2

-- name: all_open
SELECT id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
FROM live_joins WHERE status IN ('asked', 'admitted') ORDER BY asked_at, id

-- name: refusals
-- Also the questions that were taken back: they were on the client's page as well.
SELECT count(*) FROM live_joins
WHERE session_id = $1 AND coach_email = $2
  AND (status IN ('declined', 'expired') OR (status = 'ended' AND (answered_at IS NULL OR end_reason = 'client')))

-- name: answer
UPDATE live_joins SET status = $3, answered_at = $4
WHERE id = $1 AND client_id = $2 AND status = 'asked' AND asked_at > $5
RETURNING id

-- name: end
UPDATE live_joins SET status = 'ended', ended_at = $2, end_reason = $3
WHERE id = $1 AND status IN ('asked', 'admitted')
RETURNING id

-- name: expire
UPDATE live_joins SET status = 'expired', ended_at = $2 WHERE id = $1 AND status = 'asked' RETURNING id

-- name: note_linked
UPDATE live_joins SET first_linked_at = $2 WHERE id = $1 AND status = 'admitted' AND first_linked_at IS NULL

-- name: acts
SELECT join_id, n, id, act, text, acted_at FROM live_acts WHERE join_id = $1 ORDER BY n

-- name: find_act
SELECT join_id, n, id, act, text, acted_at FROM live_acts WHERE join_id = $1 AND id = $2

-- name: add_act
INSERT INTO live_acts (join_id, n, id, act, text, acted_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: not_allowed
-- Of these joins, those whose coach is not the client's coach any more, or where one of the two is no member.
SELECT j.id FROM live_joins j
WHERE j.id = ANY($1::text[])
  AND NOT EXISTS (
    SELECT 1 FROM members c JOIN members m ON m.email = c.coach_email
    WHERE c.client_id = j.client_id AND c.role = 'client' AND c.status = 'active'
      AND m.email = j.coach_email AND m.role = 'coach' AND m.status = 'active')

-- name: without_session
-- Of these joins, those whose session is over, off the record or gone.
SELECT j.id FROM live_joins j
WHERE j.id = ANY($1::text[])
  AND NOT EXISTS (SELECT 1 FROM sessions s
    WHERE s.id = j.session_id AND s.status IN ('waiting', 'active') AND s.off_record_at IS NULL)

-- name: names
SELECT (SELECT max(c.display_name) FROM members c WHERE c.client_id = j.client_id),
       (SELECT m.display_name FROM members m WHERE m.email = j.coach_email)
FROM live_joins j WHERE j.id = $1

-- name: email_of_client
SELECT email FROM members WHERE client_id = $1 AND role = 'client' AND status = 'active' ORDER BY email LIMIT 1

-- name: may_ask
SELECT may_ask FROM live_choices WHERE client_id = $1

-- name: set_may_ask
INSERT INTO live_choices (client_id, may_ask, chosen_at) VALUES ($1, $2, $3)
ON CONFLICT (client_id) DO UPDATE SET may_ask = excluded.may_ask, chosen_at = excluded.chosen_at

-- name: forget_acts_words
UPDATE live_acts SET text = NULL WHERE join_id IN (SELECT j.id FROM live_joins j WHERE j.session_id = $1)

-- name: forget_reasons
UPDATE live_joins SET reason = '' WHERE session_id = $1
