-- There are no foreign keys: each of these counts rows that point nowhere or contradict themselves.

-- name: turns_without_session
SELECT count(*) FROM (SELECT DISTINCT session_id FROM conversations) c
WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id)

-- name: calls_without_session
SELECT count(*) FROM agent_conversations c WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id)

-- name: feedback_without_session
SELECT count(*) FROM feedback f WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = f.session_id)

-- name: sessions_without_client
SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = s.client_id)

-- name: sessions_without_room
SELECT count(*) FROM sessions s
WHERE s.room_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = s.room_id)

-- name: sessions_ended_badly
SELECT count(*) FROM sessions
WHERE status NOT IN ('waiting', 'active') AND (end_time IS NULL OR end_time < start_time)

-- name: rooms_without_client
SELECT count(*) FROM rooms r WHERE NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = r.client_id)

-- name: goals_without_client
SELECT count(*) FROM goals g WHERE NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = g.client_id)

-- name: checkins_without_goal
SELECT count(*) FROM goal_checkins c WHERE NOT EXISTS (SELECT 1 FROM goals g WHERE g.id = c.goal_id)

-- name: levels_without_goal
SELECT count(*) FROM goal_levels l WHERE NOT EXISTS (SELECT 1 FROM goals g WHERE g.id = l.goal_id)

-- name: memories_without_client
SELECT count(*) FROM memories m WHERE NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = m.client_id)

-- name: proposals_without_client
SELECT count(*) FROM proposals n WHERE NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = n.client_id)

-- name: members_without_profile
SELECT count(*) FROM members m
WHERE m.client_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM client_profiles p WHERE p.id = m.client_id)

-- name: clients_with_lost_coach
SELECT count(*) FROM members m
WHERE m.status = 'active' AND m.coach_email IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM members c
  WHERE c.email = m.coach_email AND c.status = 'active' AND c.role IN ('coach', 'admin'))

-- name: open_sessions
SELECT count(*) FROM sessions WHERE status IN ('waiting', 'active')

-- name: overdue_rooms
SELECT count(*) FROM rooms WHERE status = 'open' AND expires_at < $1

-- name: admins
SELECT count(*) FROM members WHERE role = 'admin' AND status = 'active'
