-- Whether the database may take the demo community, whether it is there, and how it leaves.

-- name: anything_real
-- Demo people may have talked for real; that is nobody's data but the developer's.
SELECT EXISTS (SELECT 1 FROM members WHERE source <> 'demo')
    OR EXISTS (SELECT 1 FROM client_profiles WHERE NOT starts_with(id, 'demo-'))
    OR EXISTS (SELECT 1 FROM sessions WHERE NOT starts_with(client_id, 'demo-'))

-- name: any_session
SELECT EXISTS (SELECT 1 FROM sessions)

-- name: marker
SELECT detail FROM audit_log WHERE id = 'demo-community'

-- name: mark
INSERT INTO audit_log (id, logged_at, actor, action, subject, detail)
VALUES ('demo-community', $1, 'coachroom', 'demo.generate', 'community', CAST($2 AS json))

-- name: counts
SELECT (SELECT count(*) FROM members WHERE source = 'demo' AND role = 'client' AND client_id IS NOT NULL),
       (SELECT count(*) FROM sessions WHERE starts_with(id, 'demo-')),
       (SELECT count(*) FROM conversations WHERE starts_with(session_id, 'demo-'))

-- name: clear_audit_log
DELETE FROM audit_log WHERE id = 'demo-community'

-- name: clear_members
DELETE FROM members WHERE source = 'demo' AND email LIKE '%@demo.example'

-- name: clear_known_members
UPDATE members SET tier = NULL, joined_at = NULL WHERE source = 'demo'

-- name: clear_client_profiles
DELETE FROM client_profiles WHERE starts_with(id, 'demo-client-')

-- name: clear_consents
DELETE FROM consents WHERE starts_with(client_id, 'demo-client-') OR version = 'demo-earlier'

-- name: clear_rooms
DELETE FROM rooms WHERE starts_with(id, 'demo-')

-- name: clear_sessions
DELETE FROM sessions WHERE starts_with(id, 'demo-')

-- name: clear_agent_conversations
DELETE FROM agent_conversations WHERE starts_with(id, 'demo-')

-- name: clear_pauses
DELETE FROM pauses WHERE starts_with(session_id, 'demo-')

-- name: clear_live_joins
DELETE FROM live_joins WHERE starts_with(session_id, 'demo-')

-- name: clear_live_acts
DELETE FROM live_acts WHERE starts_with(join_id, 'demo-')

-- name: clear_silences
DELETE FROM silences WHERE starts_with(session_id, 'demo-')

-- name: clear_written_steps
DELETE FROM written_steps WHERE starts_with(session_id, 'demo-')

-- name: clear_conversations
DELETE FROM conversations WHERE starts_with(session_id, 'demo-')

-- name: clear_feedback
DELETE FROM feedback WHERE starts_with(session_id, 'demo-')

-- name: clear_safety_reports
DELETE FROM safety_reports WHERE starts_with(session_id, 'demo-')

-- name: clear_coach_safety_reports
DELETE FROM coach_safety_reports WHERE starts_with(session_id, 'demo-')

-- name: clear_check_ins
DELETE FROM check_ins WHERE starts_with(session_id, 'demo-')

-- name: clear_session_questions
DELETE FROM session_questions WHERE starts_with(session_id, 'demo-')

-- name: clear_session_approach
DELETE FROM session_approach WHERE starts_with(session_id, 'demo-')

-- name: clear_approach_asks
DELETE FROM approach_asks WHERE starts_with(occasion, 'demo-')

-- name: clear_coaching_preferences
-- Not what somebody has said themselves since.
DELETE FROM coaching_preferences WHERE EXISTS (
  SELECT 1 FROM approach_choices c WHERE c.client_id = coaching_preferences.client_id
    AND starts_with(c.id, 'demo-choice-') AND c.state = 'kept' AND c.made_at = coaching_preferences.updated_at)

-- name: clear_approach_choices
DELETE FROM approach_choices WHERE starts_with(id, 'demo-')

-- name: clear_comparison_draws
DELETE FROM comparison_draws WHERE comparison_id = 'demo-comparison'

-- name: clear_comparisons
DELETE FROM comparisons WHERE id = 'demo-comparison'

-- name: clear_evaluations
DELETE FROM evaluations WHERE starts_with(session_id, 'demo-')

-- name: clear_confidence
DELETE FROM confidence WHERE starts_with(session_id, 'demo-')

-- name: clear_goals
DELETE FROM goals WHERE starts_with(id, 'demo-')

-- name: clear_goal_checkins
DELETE FROM goal_checkins WHERE starts_with(id, 'demo-')

-- name: clear_actions
DELETE FROM actions WHERE starts_with(id, 'demo-')

-- name: clear_appointments
DELETE FROM appointments WHERE starts_with(id, 'demo-')

-- name: clear_session_facts
DELETE FROM session_facts WHERE starts_with(session_id, 'demo-')

-- name: clear_client_numbers
DELETE FROM client_numbers WHERE starts_with(client_id, 'demo-client-')
