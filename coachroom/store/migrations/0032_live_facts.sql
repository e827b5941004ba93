-- What a human coach did in a session: turns they spoke to the agent, joins, hints, holds, take-overs, and seconds there.
ALTER TABLE session_facts ADD COLUMN coach_turns INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN joins INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN hints INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN holds INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN takeovers INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN human_seconds DOUBLE PRECISION DEFAULT 0;
