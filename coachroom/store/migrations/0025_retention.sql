-- When the words of a session were deleted, as nothing is kept for ever.
ALTER TABLE sessions ADD COLUMN turns_expired_at TIMESTAMP;

-- Facts that cannot be made again: their session's words have expired, or are nobody's any more.
ALTER TABLE session_facts ADD COLUMN frozen BOOLEAN DEFAULT FALSE;
