-- What a snapshot shows to who measures it: the columns that metrics read, one statement a table. Names, e-mail
-- addresses, transcripts, comments, goals and actions in words, and notes on clients are not among them.

-- name: session_facts
SELECT session_id, client_id, client_no, agent_id, start_time, end_time, status, end_reason, duration_seconds,
       client_turns, agent_turns, client_words, agent_words, interrupted_turns, latencies_ms,
       felt_ms, transcript_ms, answer_ms, typed_ms, silenced_ms, sounded_turns, cut_ins, silences_by_client,
       silences_by_agent, silences_by_nobody, reconnect_seconds, given_up,
       pauses, interruptions, paused_seconds, written_steps, off_record, coach_turns, joins, hints, holds, takeovers,
       human_seconds, agent_version

-- name: client_profiles
SELECT id, created_at

-- name: members
SELECT client_id, tier, role, source, created_at, joined_at, left_at

-- name: consents
SELECT client_id, given_at

-- name: withdrawn_consents
SELECT client_id, given_at

-- name: feedback
SELECT session_id, rating, nps, created_at

-- name: check_ins
SELECT session_id, heard, right_topics, approach_fits, overall, created_at

-- name: session_questions
SELECT session_id, question, score

-- name: session_approach
SELECT session_id, client_id, tone, pace, opening, lead, trial_field, asking_share, checked_back, set_at

-- name: approach_choices
SELECT client_id, source, state, made_at

-- name: approach_asks
SELECT client_id, asked_at, answered_at, changed

-- name: comparisons
SELECT id, label, planned_sessions, state, started_at, ended_at, stopped_because, decided_at

-- name: comparison_draws
SELECT comparison_id, client_id, arm, fence, drawn_at

-- name: evaluations
SELECT session_id, result, created_at

-- name: confidence
SELECT session_id, before_score, after_score, created_at

-- name: goals
SELECT id, client_id, weight, created_at

-- name: goal_checkins
SELECT id, goal_id, score, created_at

-- name: actions
SELECT id, client_id, session_id, status, due_at, done_at, answered_at, created_at

-- name: appointments
SELECT id, client_id, kind, begins_at, status, sequence, made_at, changed_at, missed_by

-- name: day_notes
SELECT id, day, words, created_at

-- name: audit_log
-- How a demo community was made; who did what is nobody's business here.
SELECT CASE WHEN id = 'demo-community' THEN id END AS id, CASE WHEN id = 'demo-community' THEN detail END AS detail
