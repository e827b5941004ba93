-- name: add
INSERT INTO audit_log (id, logged_at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, CAST($6 AS JSON))

-- name: add_of_each
INSERT INTO audit_log (id, logged_at, actor, action, subject, detail)
SELECT unnest($1::text[]), CAST($2 AS timestamp), CAST($3 AS text), CAST($4 AS text), unnest($5::text[]), CAST($6 AS JSON)

-- name: looked_for
WHERE ($1 = '' OR strpos(lower(actor), $1) > 0 OR strpos(lower(subject), $1) > 0)
  AND (coalesce(array_length($2::text[], 1), 0) = 0 OR EXISTS (SELECT 1 FROM unnest($2::text[]) AS a (beginning) WHERE starts_with(action, a.beginning)))
  AND (CAST($3 AS timestamp) IS NULL OR logged_at >= CAST($3 AS timestamp))
  AND (CAST($4 AS timestamp) IS NULL OR logged_at < CAST($4 AS timestamp))

-- name: count
SELECT count(*) FROM audit_log

-- name: page
SELECT logged_at, actor, action, subject, CAST(detail AS text) FROM audit_log

-- name: latest_first
ORDER BY logged_at DESC, id DESC LIMIT $5 OFFSET $6
