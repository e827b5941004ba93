-- The dates of a series are appointments of their own. `wall_begins`: what the clock of `wall_zone` shows at the begin.
ALTER TABLE appointments ADD COLUMN series_id TEXT;
ALTER TABLE appointments ADD COLUMN wall_begins TIMESTAMP;
ALTER TABLE appointments ADD COLUMN wall_zone TEXT;

-- Which rules of time zones the dates of series follow: one row.
CREATE TABLE zone_rules (
  id TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  followed_at TIMESTAMP NOT NULL
);
