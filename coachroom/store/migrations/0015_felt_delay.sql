-- Silences of ten seconds and more. `id`: the page's event, epoch.number.
CREATE TABLE silences (
  session_id TEXT NOT NULL,
  id TEXT NOT NULL,
  ended_at TIMESTAMP NOT NULL,
  seconds DOUBLE PRECISION NOT NULL,
  broken_by TEXT NOT NULL CHECK (broken_by IN ('client', 'agent', 'nobody')),
  PRIMARY KEY (session_id, id)
);

-- As the page hears it, turn by turn. latencies_ms holds what pages measured before, from the final transcript.
ALTER TABLE session_facts ADD COLUMN felt_ms INTEGER[];

ALTER TABLE session_facts ADD COLUMN transcript_ms INTEGER[];

ALTER TABLE session_facts ADD COLUMN answer_ms INTEGER[];

ALTER TABLE session_facts ADD COLUMN typed_ms INTEGER[];

ALTER TABLE session_facts ADD COLUMN silenced_ms INTEGER[];

-- Agent turns whose first sound was heard, and those of them that cut in.
ALTER TABLE session_facts ADD COLUMN sounded_turns INTEGER;

ALTER TABLE session_facts ADD COLUMN cut_ins INTEGER;

ALTER TABLE session_facts ADD COLUMN silences_by_client INTEGER;

ALTER TABLE session_facts ADD COLUMN silences_by_agent INTEGER;

ALTER TABLE session_facts ADD COLUMN silences_by_nobody INTEGER;

-- Seconds from each broken call to the next one of the session, and calls after which there was none.
ALTER TABLE session_facts ADD COLUMN reconnect_seconds DOUBLE PRECISION[];

ALTER TABLE session_facts ADD COLUMN given_up INTEGER;

-- The facts of sessions whose call broke are made again.
INSERT INTO facts_due (session_id, due_at, changes)
SELECT f.session_id, f.end_time, 1 FROM session_facts f
WHERE f.session_id IN (SELECT session_id FROM agent_conversations WHERE end_reason = 'error')
  AND f.session_id NOT IN (SELECT session_id FROM facts_due);
