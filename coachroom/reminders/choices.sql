-- name: of
SELECT by_mail, by_push, quiet_from, quiet_until, most_a_week, coach_reads_answers
FROM reminder_choices WHERE client_id = $1

-- name: put
INSERT INTO reminder_choices (client_id, by_mail, by_push, quiet_from, quiet_until, most_a_week, coach_reads_answers, chosen_at)
VALUES ($1, $2::text[], $3::text[], $4, $5, $6, $7, $8)
ON CONFLICT (client_id) DO UPDATE SET by_mail = excluded.by_mail, by_push = excluded.by_push,
  quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, most_a_week = excluded.most_a_week,
  coach_reads_answers = excluded.coach_reads_answers, chosen_at = excluded.chosen_at

-- name: put_hint_away
INSERT INTO planning_hints_put_away (client_id, put_away_at) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: hint_is_away
SELECT 1 FROM planning_hints_put_away WHERE client_id = $1
