-- Of PostgreSQL alone: a DuckDB file has the list beside it.

-- name: lines
SELECT line FROM erasures ORDER BY place

-- name: add
INSERT INTO erasures (id, line) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING
