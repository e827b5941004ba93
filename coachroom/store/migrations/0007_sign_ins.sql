-- Whoever has signed in, named by the provider for good: issuer and subject. `email` is the member's whom they are
-- known as or wait to be known as, NULL for somebody who is none. Sign-ins that began up to `not_before` are over.
CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  email TEXT,
  standing TEXT NOT NULL CHECK (standing IN ('stranger', 'known', 'waiting', 'refused')),
  changed_at TIMESTAMP NOT NULL,
  not_before TIMESTAMP,
  PRIMARY KEY (issuer, subject)
);

-- One sign-in in one browser. `email` is the address that the provider vouched for at that moment.
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  email TEXT,
  started_at TIMESTAMP NOT NULL,
  last_used_at TIMESTAMP NOT NULL
);
