-- name: put
INSERT INTO agent_tries (id, branch, version, tests, failed, tried_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: latest
SELECT branch, version, tests, failed, tried_at FROM agent_tries WHERE branch = $1
ORDER BY tried_at DESC, id DESC LIMIT 1
