-- What the agent did in a session: the share of its turns that ask something, and whether one of its first three turns
-- took up an open action of the briefing (NULL: there was none).
ALTER TABLE session_approach ADD COLUMN asking_share DOUBLE PRECISION;
ALTER TABLE session_approach ADD COLUMN checked_back BOOLEAN;
