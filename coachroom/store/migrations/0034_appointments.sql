-- When a coach can be met; minutes and hours as they are set, in the coach's time zone.
CREATE TABLE coach_calendars (
  coach_email TEXT PRIMARY KEY,
  timezone TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  step_minutes INTEGER NOT NULL,
  before_minutes INTEGER NOT NULL,
  after_minutes INTEGER NOT NULL,
  notice_hours INTEGER NOT NULL,
  horizon_days INTEGER NOT NULL,
  most_a_day INTEGER NOT NULL,
  changed_at TIMESTAMP NOT NULL
);

-- The hours of each weekday, 0 is Monday, as minutes of the local day.
CREATE TABLE coach_hours (
  coach_email TEXT NOT NULL,
  weekday INTEGER NOT NULL,
  begins INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  PRIMARY KEY (coach_email, weekday, begins)
);

-- What replaces those on one day; a row that begins and ends at 0 means that the day is off.
CREATE TABLE coach_days (
  coach_email TEXT NOT NULL,
  day DATE NOT NULL,
  begins INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  PRIMARY KEY (coach_email, day, begins)
);

-- An agreed time. `coach_email` is null where the client meets the AI coach alone. `sequence` counts changes, from 0.
-- `coach_came_at`: when the coach was first seen there. `missed_by`: which of the two was not.
CREATE TABLE appointments (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  coach_email TEXT,
  kind TEXT NOT NULL,
  begins_at TIMESTAMP NOT NULL,
  ends_at TIMESTAMP NOT NULL,
  status TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  cancelled_by TEXT,
  cancelled_why TEXT,
  coach_came_at TIMESTAMP,
  missed_by TEXT
);

-- The time of booked appointments in cells of five minutes, of the client and of the coach: `owner` is the client's id
-- or the coach's e-mail. Two appointments of one owner never have a cell in common.
CREATE TABLE booked_cells (
  owner TEXT NOT NULL,
  cell TIMESTAMP NOT NULL,
  appointment_id TEXT NOT NULL,
  PRIMARY KEY (owner, cell)
);

-- The secret address at which somebody's calendar program reads their appointments, as a hash.
CREATE TABLE calendar_feeds (
  email TEXT PRIMARY KEY,
  key_hash TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL
);
