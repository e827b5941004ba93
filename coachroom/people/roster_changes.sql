-- name: keep
INSERT INTO roster_changes (import_id, email, old_email, imported_at, actor, before)
SELECT CAST($1 AS text), unnest($2::text[]), unnest($3::text[]), CAST($4 AS timestamp), CAST($5 AS text),
       CAST(unnest($6::text[]) AS JSON)

-- name: imports
SELECT import_id, min(imported_at), min(actor), count(*) FROM roster_changes WHERE imported_at > $1
GROUP BY import_id ORDER BY min(imported_at) DESC, import_id DESC

-- name: of_import
SELECT email, before FROM roster_changes WHERE import_id = $1 ORDER BY email

-- name: forget
DELETE FROM roster_changes WHERE import_id = $1

-- name: sweep
DELETE FROM roster_changes WHERE imported_at <= $1
