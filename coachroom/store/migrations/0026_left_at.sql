-- When a member first left, as far as it is known: whoever comes back keeps it. For those who had left before this was
-- kept, the last change of their entry.
ALTER TABLE members ADD COLUMN left_at TIMESTAMP;
UPDATE members SET left_at = updated_at WHERE status = 'removed';
