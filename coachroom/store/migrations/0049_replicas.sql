-- What lets several processes share a database. `turns_version` counts how often a session's turns were written, so that
-- a process whose memory of them is old notices. `seat`: which process's browser tab has the session's seat, as
-- `replica:tab`; `seat_seen_at`: when a process last looked after it, by the database's clock. `camera_on`: how the
-- client last switched their camera, which goes by whatever process they come to.
ALTER TABLE sessions ADD COLUMN turns_version INTEGER;
ALTER TABLE sessions ADD COLUMN seat TEXT;
ALTER TABLE sessions ADD COLUMN seat_seen_at TIMESTAMP;
ALTER TABLE sessions ADD COLUMN camera_on BOOLEAN;
