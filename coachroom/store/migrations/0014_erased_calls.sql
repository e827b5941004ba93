-- Calls of clients who were erased: the provider is asked to delete its copy until it has, and what it still sends of
-- them is refused. `next_try_at` is NULL once the copy is gone.
CREATE TABLE erased_calls (
  conversation_id TEXT PRIMARY KEY,
  tries INTEGER NOT NULL,
  next_try_at TIMESTAMP
);
