-- name: pace
-- Valid sessions on the record, and clients by their first valid one. $1 the shortest valid session in seconds, $2 now,
-- $3 since when ratings count, $4 since when clients are new, $5 since when clients joined.
WITH valid AS (
  SELECT session_id, client_id, start_time FROM session_facts
  WHERE status <> 'failed' AND client_turns >= 1 AND NOT off_record AND start_time < $2
    AND duration_seconds >= CAST($1 AS double precision)
),
firsts AS (SELECT client_id, min(start_time) AS first_at, count(*) AS sessions FROM valid GROUP BY client_id)
SELECT (SELECT count(*) FROM valid WHERE start_time >= $3),
       (SELECT count(*) FROM valid v JOIN feedback f ON f.session_id = v.session_id
        WHERE v.start_time >= $3 AND f.rating IS NOT NULL),
       (SELECT count(*) FROM firsts WHERE first_at >= $4),
       (SELECT count(*) FROM firsts WHERE first_at >= $5),
       (SELECT coalesce(sum(sessions), 0) FROM firsts WHERE first_at >= $5)

-- name: ended
-- Every ended session of a drawn client since the draw, by the version drawn; of a comparison that ended, before then.
-- $2 the shortest valid session in seconds.
SELECT d.arm, d.client_id, d.fence, f.status = 'failed' AS failed,
       f.status <> 'failed' AND f.client_turns >= 1 AND NOT f.off_record
         AND f.duration_seconds >= CAST($2 AS double precision) AS is_valid,
       CASE WHEN NOT f.off_record THEN b.rating END AS rating, f.start_time, f.end_time, f.status = 'completed',
       c.ended_at
FROM comparison_draws d JOIN comparisons c ON c.id = d.comparison_id
JOIN session_facts f ON f.client_id = d.client_id LEFT JOIN feedback b ON b.session_id = f.session_id
WHERE d.comparison_id = $1 AND f.end_time >= d.drawn_at AND f.start_time < coalesce(c.ended_at, 'infinity')
