-- Clients who want a mail when their room is used from a device that was not there before, and the devices that they
-- used since then, as hashes of the random number in a cookie of ours.
CREATE TABLE device_notices (
  client_id TEXT PRIMARY KEY,
  wished_at TIMESTAMP NOT NULL
);

CREATE TABLE devices (
  client_id TEXT NOT NULL,
  device TEXT NOT NULL,
  first_used_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, device)
);
