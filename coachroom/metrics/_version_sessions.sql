-- Every ended session of a drawn client since the draw, by the version drawn; of a comparison that ended, until then.
-- `tells`: it ran to its planned size before $until, so that the versions' difference may be told.
version_sessions AS (
  SELECT c.label AS comparison, d.arm AS version, v.person, v.status, coalesce(v.end_reason, 'unknown') AS reason,
         v.is_valid AND NOT v.off_record AND NOT d.fence AS is_compared, f.rating, c.planned_sessions,
         CASE WHEN c.decided_at < CAST($until AS timestamp) THEN 'decided'
              WHEN c.ended_at IS NULL OR c.ended_at >= CAST($until AS timestamp) THEN 'running'
              WHEN c.stopped_because IS NULL THEN 'finished' ELSE 'stopped' END AS state,
         c.stopped_because IS NULL AND coalesce(c.ended_at < CAST($until AS timestamp), FALSE) AS tells
  FROM comparisons c JOIN comparison_draws d ON d.comparison_id = c.id
  JOIN counted v ON v.client_id = d.client_id LEFT JOIN feedback f ON f.session_id = v.session_id
  WHERE v.end_time >= d.drawn_at AND v.start_time < coalesce(c.ended_at, 'infinity')
)
