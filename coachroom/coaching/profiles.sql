-- name: profile_of
SELECT coalesce(m.display_name, p.display_name), p.preferences, p.challenges, m.answers,
       c.called, c.tone, c.pace, c.language, c.remembers, c.hold_to_talk,
       c.opening, c.lead
FROM client_profiles p LEFT JOIN members m ON m.client_id = p.id
LEFT JOIN coaching_preferences c ON c.client_id = p.id
WHERE p.id = $1 AND p.erased_at IS NULL ORDER BY m.email LIMIT 1

-- name: call_choices
SELECT language, hold_to_talk FROM coaching_preferences WHERE client_id = $1

-- name: put_preferences
INSERT INTO coaching_preferences (client_id, called, tone, pace, language, remembers, opening, lead, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (client_id) DO UPDATE SET called = excluded.called, tone = excluded.tone, pace = excluded.pace,
  language = excluded.language, remembers = excluded.remembers, opening = excluded.opening, lead = excluded.lead,
  updated_at = excluded.updated_at

-- name: keep_hold_to_talk
INSERT INTO coaching_preferences (client_id, remembers, hold_to_talk, updated_at) VALUES ($1, true, $2, $3)
ON CONFLICT (client_id) DO UPDATE SET hold_to_talk = excluded.hold_to_talk, updated_at = excluded.updated_at

-- name: switch_memory
-- What was said while it was off is not remembered afterwards.
INSERT INTO coaching_preferences (client_id, remembers, updated_at) VALUES ($1, $2, $3)
ON CONFLICT (client_id) DO UPDATE SET remembers = excluded.remembers, updated_at = excluded.updated_at,
  nothing_before = CASE WHEN excluded.remembers AND NOT coaching_preferences.remembers THEN excluded.updated_at
    ELSE coaching_preferences.nothing_before END
