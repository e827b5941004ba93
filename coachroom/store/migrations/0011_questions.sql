-- What a client was asked after a session beside the stars, and what they answered; NULL where they left it out.
CREATE TABLE session_questions (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  question TEXT NOT NULL CHECK (question IN ('heard', 'right_topics', 'approach_fits', 'overall', 'confidence_before',
    'confidence_after', 'recommend')),
  score SMALLINT CHECK (score BETWEEN 0 AND 10),
  asked_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, question)
);

-- Who else may read the comment: 'coach' or 'admin'. NULL: nobody.
ALTER TABLE feedback ADD COLUMN comment_for TEXT;

-- Consents that the client took back.
CREATE TABLE withdrawn_consents (
  client_id TEXT NOT NULL,
  version TEXT NOT NULL,
  given_at TIMESTAMP NOT NULL,
  withdrawn_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, version, given_at)
);
