-- What DuckDB answers by a scan of its columns.
CREATE INDEX sessions_of_client ON sessions (client_id, start_time);
CREATE INDEX sessions_of_room ON sessions (room_id);
CREATE INDEX sessions_by_start ON sessions (start_time);
CREATE INDEX rooms_of_client ON rooms (client_id);
CREATE INDEX calls_of_session ON agent_conversations (session_id);
CREATE INDEX calls_to_fetch ON agent_conversations (next_try_at) WHERE record = 'pending';
CREATE INDEX records_of_session ON provider_records (session_id);
CREATE INDEX records_to_file ON provider_records (received_at) WHERE NOT filed;
CREATE INDEX goals_of_client ON goals (client_id);
CREATE INDEX actions_of_client ON actions (client_id);
CREATE INDEX memories_of_client ON memories (client_id);
CREATE INDEX proposals_of_client ON proposals (client_id);
CREATE INDEX members_as_client ON members (client_id);

-- A second safety behind the writers' lock: one open room a client, and one open session a room.
CREATE UNIQUE INDEX one_open_room ON rooms (client_id) WHERE status = 'open';
CREATE UNIQUE INDEX one_open_session ON sessions (room_id) WHERE status IN ('waiting', 'active');
