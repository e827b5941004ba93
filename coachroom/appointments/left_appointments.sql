-- name: left
-- Booked with a coach who is none any more, with the client's name and who their coach is now.
SELECT a.id, a.begins_at, a.coach_email, a.client_id, m.display_name, c.email, c.display_name
FROM appointments a
JOIN members m ON m.client_id = a.client_id AND m.role = 'client' AND m.status = 'active'
LEFT JOIN members c ON c.email = m.coach_email AND c.role = 'coach' AND c.status = 'active'
WHERE a.status = 'booked' AND a.begins_at > $1 AND a.coach_email IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM members gone WHERE gone.email = a.coach_email AND gone.role = 'coach' AND gone.status = 'active')
ORDER BY a.begins_at, a.id

-- name: give
UPDATE appointments SET coach_email = $3, sequence = sequence + 1, changed_at = $4, coach_came_at = NULL
WHERE id = $1 AND status = 'booked' AND coach_email = $2 RETURNING id
