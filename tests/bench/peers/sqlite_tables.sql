-- The tables in SQLite and, under `fill_…`, the DuckDB query that reads their rows from $file. Moments are whole
-- microseconds since 1970, a list is a table of its own. In the order in which they run.

-- name: session_facts
CREATE TABLE session_facts (
  no INTEGER PRIMARY KEY, session_id TEXT NOT NULL, client_no INTEGER NOT NULL, start_time INTEGER NOT NULL,
  status TEXT NOT NULL, end_reason TEXT, duration_seconds REAL NOT NULL, client_turns INTEGER NOT NULL,
  agent_turns INTEGER NOT NULL, client_words INTEGER NOT NULL, agent_words INTEGER NOT NULL,
  interrupted_turns INTEGER NOT NULL, client_id TEXT NOT NULL, agent_id TEXT, sounded_turns INTEGER, cut_ins INTEGER,
  silences_by_client INTEGER, silences_by_agent INTEGER, silences_by_nobody INTEGER, given_up INTEGER,
  pauses INTEGER NOT NULL, interruptions INTEGER NOT NULL, paused_seconds REAL NOT NULL, written_steps INTEGER NOT NULL,
  joins INTEGER NOT NULL, hints INTEGER NOT NULL, holds INTEGER NOT NULL, takeovers INTEGER NOT NULL,
  human_seconds REAL NOT NULL
)

-- name: fill_session_facts
SELECT row_number() OVER (ORDER BY session_id), session_id, client_no, epoch_us(start_time), status, end_reason,
       duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, client_id,
       agent_id, sounded_turns, cut_ins, silences_by_client, silences_by_agent, silences_by_nobody, given_up,
       pauses, interruptions, paused_seconds, written_steps, joins, hints, holds, takeovers, human_seconds
FROM read_parquet($file) ORDER BY 1

-- name: heard
CREATE TABLE heard (
  session_no INTEGER NOT NULL, part TEXT NOT NULL, place INTEGER NOT NULL, ms NUMERIC NOT NULL,
  PRIMARY KEY (session_no, part, place)
) WITHOUT ROWID

-- name: fill_heard
SELECT session_no, part, unnest(range(len(numbers))), unnest(numbers)
FROM (
  SELECT row_number() OVER (ORDER BY session_id) AS session_no,
         unnest(['felt', 'end_to_transcript', 'transcript_to_sound', 'typed_to_answer', 'interruption_to_silence',
                 'as_measured_before', 'reconnect']) AS part,
         unnest([CAST(felt_ms AS double[]), CAST(transcript_ms AS double[]), CAST(answer_ms AS double[]),
                 CAST(typed_ms AS double[]), CAST(silenced_ms AS double[]), CAST(latencies_ms AS double[]),
                 reconnect_seconds]) AS numbers
  FROM read_parquet($file)
) AS s ORDER BY 1, 2, 3

-- name: client_profiles
CREATE TABLE client_profiles (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID

-- name: fill_client_profiles
SELECT id, epoch_us(created_at) FROM read_parquet($file)

-- name: members
CREATE TABLE members (
  client_id TEXT, role TEXT NOT NULL, created_at INTEGER NOT NULL, joined_at INTEGER, left_at INTEGER
)

-- name: fill_members
SELECT client_id, role, epoch_us(created_at), epoch_us(joined_at), epoch_us(left_at) FROM read_parquet($file)

-- name: consents
CREATE TABLE consents (client_id TEXT NOT NULL, given_at INTEGER NOT NULL)

-- name: fill_consents
SELECT client_id, epoch_us(given_at) FROM read_parquet($file)

-- name: withdrawn_consents
CREATE TABLE withdrawn_consents (client_id TEXT NOT NULL, given_at INTEGER NOT NULL)

-- name: fill_withdrawn_consents
SELECT client_id, epoch_us(given_at) FROM read_parquet($file)

-- name: feedback
CREATE TABLE feedback (session_id TEXT PRIMARY KEY, rating INTEGER, nps INTEGER) WITHOUT ROWID

-- name: fill_feedback
SELECT session_id, rating, nps FROM read_parquet($file) ORDER BY 1

-- name: check_ins
CREATE TABLE check_ins (
  session_id TEXT PRIMARY KEY, heard INTEGER NOT NULL, right_topics INTEGER NOT NULL, approach_fits INTEGER NOT NULL,
  overall INTEGER NOT NULL
) WITHOUT ROWID

-- name: fill_check_ins
SELECT session_id, heard, right_topics, approach_fits, overall FROM read_parquet($file) ORDER BY 1

-- name: evaluations
CREATE TABLE evaluations (session_id TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID

-- name: fill_evaluations
SELECT session_id, result FROM read_parquet($file) ORDER BY 1

-- name: confidence
CREATE TABLE confidence (session_id TEXT PRIMARY KEY, before_score INTEGER, after_score INTEGER) WITHOUT ROWID

-- name: fill_confidence
SELECT session_id, before_score, after_score FROM read_parquet($file) ORDER BY 1

-- name: goals
CREATE TABLE goals (id TEXT PRIMARY KEY, client_id TEXT NOT NULL, weight REAL NOT NULL) WITHOUT ROWID

-- name: fill_goals
SELECT id, client_id, weight FROM read_parquet($file) ORDER BY 1

-- name: goal_checkins
CREATE TABLE goal_checkins (goal_id TEXT NOT NULL, score INTEGER NOT NULL, created_at INTEGER NOT NULL)

-- name: fill_goal_checkins
SELECT goal_id, score, epoch_us(created_at) FROM read_parquet($file)

-- name: actions
CREATE TABLE actions (client_id TEXT NOT NULL, status TEXT NOT NULL, due_at INTEGER, done_at INTEGER)

-- name: fill_actions
SELECT client_id, status, epoch_us(due_at), epoch_us(done_at) FROM read_parquet($file)

-- name: facts_by_id
CREATE UNIQUE INDEX facts_by_id ON session_facts (session_id)

-- name: facts_by_client
CREATE INDEX facts_by_client ON session_facts (client_no, start_time, status, client_turns, duration_seconds)

-- name: facts_by_start
CREATE INDEX facts_by_start ON session_facts (start_time)

-- name: checkins_by_goal
CREATE INDEX checkins_by_goal ON goal_checkins (goal_id, created_at, score)

-- name: analyse
ANALYZE

-- name: session_questions
CREATE TABLE session_questions (
  session_id TEXT NOT NULL, question TEXT NOT NULL, score INTEGER, PRIMARY KEY (session_id, question)
) WITHOUT ROWID

-- name: fill_session_questions
SELECT session_id, question, score FROM read_parquet($file)

-- name: session_approach
CREATE TABLE session_approach (
  session_id TEXT PRIMARY KEY, tone TEXT, pace TEXT, opening TEXT, lead TEXT
) WITHOUT ROWID

-- name: fill_session_approach
SELECT session_id, tone, pace, opening, lead FROM read_parquet($file)

-- name: approach_asks
CREATE TABLE approach_asks (asked_at INTEGER NOT NULL, answered_at INTEGER, changed INTEGER)

-- name: fill_approach_asks
SELECT epoch_us(asked_at), epoch_us(answered_at), changed FROM read_parquet($file)

-- name: approach_choices
CREATE TABLE approach_choices (source TEXT NOT NULL, state TEXT NOT NULL, made_at INTEGER NOT NULL)

-- name: fill_approach_choices
SELECT source, state, epoch_us(made_at) FROM read_parquet($file)
