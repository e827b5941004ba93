-- The list of erasures as all processes have it; each machine has a file of the same lines beside it, which a restored
-- backup brings no older one of. `id` is the hash of the line, so that nothing stands here twice. Only ever added to.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  place BIGINT GENERATED ALWAYS AS IDENTITY,
  line TEXT NOT NULL
);
