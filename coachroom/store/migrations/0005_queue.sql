-- While a call waits in the provider's queue, the session's clock stands still: whether it does now, when it last
-- stopped or started, and for how many seconds it stood still before. NULL where no call waited.
ALTER TABLE sessions ADD COLUMN clock_stopped BOOLEAN;

ALTER TABLE sessions ADD COLUMN clock_changed_at TIMESTAMP;

ALTER TABLE sessions ADD COLUMN clock_stopped_seconds DOUBLE PRECISION;
