-- The secret address of a coach's other calendar. `fetched_at`: of the copy that counts, which stays where a later try
-- fails. `problem`: what went wrong at the latest try; null where nothing did.
CREATE TABLE busy_calendars (
  coach_email TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  added_at TIMESTAMP NOT NULL,
  tried_at TIMESTAMP,
  fetched_at TIMESTAMP,
  problem TEXT
);

-- When that calendar says that the coach is busy: nothing else of it is kept.
CREATE TABLE busy_times (
  coach_email TEXT NOT NULL,
  begins_at TIMESTAMP NOT NULL,
  ends_at TIMESTAMP NOT NULL,
  PRIMARY KEY (coach_email, begins_at)
);
