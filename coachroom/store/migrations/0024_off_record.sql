-- Since when a session is off the record: nothing of it is kept but when it was.
ALTER TABLE sessions ADD COLUMN off_record_at TIMESTAMP;

ALTER TABLE session_facts ADD COLUMN off_record BOOLEAN DEFAULT FALSE;
