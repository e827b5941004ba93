-- name: find
-- Members by name, with how many there are in all. $1: the e-mails of those to look among, NULL for all · $2: the whole e-mail · $3: role · $4: status ·
--   $5: tier · $6: the coach's e-mail, '-' for no active coach · $7 and $8: last seen since, and before ·
--   $9: whether only whoever was never seen · $10: how many · $11: how many are skipped
WITH came AS (
  SELECT i.email, max(s.last_used_at) AS at_time
  FROM sign_ins s JOIN identities i ON i.issuer = s.issuer AND i.subject = s.subject
  WHERE i.standing = 'known' GROUP BY i.email
),
talked AS (SELECT client_id, max(last_seen_at) AS at_time FROM sessions GROUP BY client_id),
listed AS (
  SELECT m.email, m.display_name, m.role, m.status, m.tier, m.client_id, m.skool_member_id,
         c.email AS coach_email, c.display_name AS coach, greatest(came.at_time, talked.at_time) AS last_seen
  FROM members m
  LEFT JOIN members c ON c.email = m.coach_email AND c.status = 'active' AND m.role = 'client'
  LEFT JOIN came ON came.email = m.email
  LEFT JOIN talked ON talked.client_id = m.client_id
)
SELECT email, display_name, role, status, tier, client_id, coach, last_seen, count(*) OVER () AS members FROM listed
WHERE (CAST($1 AS text[]) IS NULL OR email IN (SELECT unnest(CAST($1 AS text[]))))
  AND (CAST($2 AS text) IS NULL OR email = CAST($2 AS text))
  AND (CAST($3 AS text) IS NULL OR role = CAST($3 AS text))
  AND (CAST($4 AS text) IS NULL OR status = CAST($4 AS text))
  AND (CAST($5 AS text) IS NULL OR tier = CAST($5 AS text))
  AND (CAST($6 AS text) IS NULL OR coach_email = CAST($6 AS text)
       OR (CAST($6 AS text) = '-' AND role = 'client' AND coach_email IS NULL))
  AND (CAST($7 AS timestamp) IS NULL OR last_seen >= CAST($7 AS timestamp))
  AND (CAST($8 AS timestamp) IS NULL OR last_seen < CAST($8 AS timestamp))
  AND (NOT CAST($9 AS boolean) OR last_seen IS NULL)
ORDER BY lower(display_name), email LIMIT $10 OFFSET $11

-- name: tiers
SELECT DISTINCT tier FROM members WHERE tier IS NOT NULL ORDER BY tier

-- name: open_sessions
-- What goes on now: the client's name, since when, and when they were last seen.
SELECT s.id, m.display_name, m.email, s.start_time, s.last_seen_at, s.status, s.paused_at IS NOT NULL
FROM sessions s LEFT JOIN members m ON m.client_id = s.client_id
WHERE s.status IN ('waiting', 'active') ORDER BY s.start_time
