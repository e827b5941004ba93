-- What a roster import changed, as it was before, so that it can be undone for a day.
CREATE TABLE roster_changes (
  import_id TEXT NOT NULL,
  email TEXT NOT NULL,
  old_email TEXT,
  imported_at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  before JSON,
  PRIMARY KEY (import_id, email)
);
