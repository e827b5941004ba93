-- name: calendar
SELECT timezone, minutes, step_minutes, before_minutes, after_minutes, notice_hours, horizon_days, most_a_day
FROM coach_calendars WHERE coach_email = $1

-- name: hours
SELECT weekday, begins, ends FROM coach_hours WHERE coach_email = $1 ORDER BY weekday, begins

-- name: days
SELECT day, begins, ends FROM coach_days WHERE coach_email = $1 ORDER BY day, begins

-- name: put_calendar
INSERT INTO coach_calendars (coach_email, timezone, minutes, step_minutes, before_minutes, after_minutes, notice_hours,
  horizon_days, most_a_day, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (coach_email) DO UPDATE SET timezone = excluded.timezone, minutes = excluded.minutes,
  step_minutes = excluded.step_minutes, before_minutes = excluded.before_minutes,
  after_minutes = excluded.after_minutes, notice_hours = excluded.notice_hours,
  horizon_days = excluded.horizon_days, most_a_day = excluded.most_a_day, changed_at = excluded.changed_at

-- name: forget_hours
DELETE FROM coach_hours WHERE coach_email = $1

-- name: add_hours
INSERT INTO coach_hours (coach_email, weekday, begins, ends) VALUES ($1, $2, $3, $4)

-- name: forget_day
DELETE FROM coach_days WHERE coach_email = $1 AND day = $2

-- name: forget_days_before
DELETE FROM coach_days WHERE coach_email = $1 AND day < $2

-- name: add_day
INSERT INTO coach_days (coach_email, day, begins, ends) VALUES ($1, $2, $3, $4)
