-- What happened on a day that numbers may show, such as a new prompt; drawn into the charts.
CREATE TABLE day_notes (
  id TEXT PRIMARY KEY,
  day DATE NOT NULL,
  words TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);

-- What somebody chose to look at, under a name of their own; `choices` is the address's query.
CREATE TABLE saved_views (
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  choices JSON NOT NULL,
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (email, name)
);
