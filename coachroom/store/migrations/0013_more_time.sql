-- More time that the client of a session took, once, in seconds; NULL where none was taken.
ALTER TABLE sessions ADD COLUMN extra_seconds DOUBLE;
