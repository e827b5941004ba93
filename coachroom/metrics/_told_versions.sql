-- Every session with the version of its agent that may be told. What was held while versions were compared has none,
-- also later: nothing tells how versions of a stopped comparison differ, and no session is in one part by agent today
-- and in another tomorrow.
told AS NOT MATERIALIZED (
  SELECT f.*, CASE WHEN NOT EXISTS (SELECT 1 FROM comparisons c
                                    WHERE f.start_time >= c.started_at AND f.start_time < coalesce(c.ended_at, 'infinity'))
                   THEN f.agent_version END AS told_version
  FROM session_facts f
)
