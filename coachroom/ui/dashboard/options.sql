-- name: version
SELECT (SELECT count(*) FROM session_facts), (SELECT count(*) FROM feedback), (SELECT count(*) FROM check_ins),
       (SELECT count(*) FROM evaluations), (SELECT count(*) FROM confidence), (SELECT count(*) FROM goals),
       (SELECT count(*) FROM goal_checkins), (SELECT count(*) FROM actions), (SELECT count(*) FROM members)

-- name: tiers
SELECT tier FROM members WHERE tier IS NOT NULL AND role = 'client' GROUP BY tier ORDER BY count(*) DESC, tier LIMIT 12

-- name: agents
SELECT agent_id FROM session_facts WHERE agent_id IS NOT NULL GROUP BY agent_id ORDER BY count(*) DESC, agent_id LIMIT 12

-- name: first_session
SELECT min(start_time) FROM session_facts

-- name: staff
-- Every administrator sees the same, and so does every analyst.
SELECT min(email) FROM members WHERE status = 'active' AND role IN ('admin', 'analyst', 'coach')
GROUP BY role, CASE WHEN role = 'coach' THEN email END ORDER BY role, min(email) LIMIT $1
