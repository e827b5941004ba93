-- When the client said that a next step is done, or dropped it; null while it is open, and for those of before.
ALTER TABLE actions ADD COLUMN answered_at TIMESTAMP;
