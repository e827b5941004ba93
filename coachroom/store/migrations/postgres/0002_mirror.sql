-- What changed lately in the tables that each process mirrors for its numbers: keys alone, of which members' are hashed.
-- A change belongs to the transaction that made it: whoever knows which transactions they have seen misses none,
-- however late one commits.
CREATE TABLE mirror_changes (
  table_name TEXT NOT NULL,
  key TEXT[] NOT NULL,
  changed_by XID8 NOT NULL,
  PRIMARY KEY (table_name, key)
);
CREATE INDEX mirror_changes_by_transaction ON mirror_changes (changed_by);
CREATE INDEX members_by_hash ON members (md5(email));

-- Once a statement; its argument is the key in SQL.
CREATE FUNCTION note_for_mirror() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $function$
DECLARE
  touched TEXT := CASE TG_OP
    WHEN 'UPDATE' THEN format('SELECT ARRAY[%1$s] FROM changed UNION SELECT ARRAY[%1$s] FROM before', TG_ARGV[0])
    ELSE format('SELECT DISTINCT ARRAY[%s] FROM changed', TG_ARGV[0]) END;
BEGIN
  EXECUTE format('INSERT INTO mirror_changes SELECT %L, key, pg_current_xact_id() FROM (%s) AS touched (key) '
    'ON CONFLICT (table_name, key) DO UPDATE SET changed_by = excluded.changed_by',
    TG_TABLE_NAME, touched);
  RETURN NULL;
END
$function$;

DO $make$
DECLARE
  mirrored RECORD;
BEGIN
  FOR mirrored IN SELECT * FROM (VALUES
    ('session_facts', 'session_id'),
    ('client_profiles', 'id'),
    ('members', 'md5(email)'),
    ('consents', 'client_id, version'),
    ('withdrawn_consents', 'client_id, version, CAST(extract(epoch FROM given_at) AS text)'),
    ('feedback', 'session_id'),
    ('check_ins', 'session_id'),
    ('session_questions', 'session_id, question'),
    ('session_approach', 'session_id'),
    ('approach_choices', 'id'),
    ('approach_asks', 'client_id, occasion'),
    ('comparisons', 'id'),
    ('comparison_draws', 'comparison_id, client_id'),
    ('evaluations', 'session_id'),
    ('confidence', 'session_id'),
    ('goals', 'id'),
    ('goal_checkins', 'id'),
    ('actions', 'id'),
    ('appointments', 'id'),
    ('talk_reminders', 'session_id, id')
  ) AS list (name, key)
  LOOP
    EXECUTE format('CREATE TRIGGER mirror_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed '
      'FOR EACH STATEMENT EXECUTE FUNCTION note_for_mirror(%L)', mirrored.name, mirrored.key);
    EXECUTE format('CREATE TRIGGER mirror_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS before NEW TABLE AS changed '
      'FOR EACH STATEMENT EXECUTE FUNCTION note_for_mirror(%L)', mirrored.name, mirrored.key);
    EXECUTE format('CREATE TRIGGER mirror_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed '
      'FOR EACH STATEMENT EXECUTE FUNCTION note_for_mirror(%L)', mirrored.name, mirrored.key);
  END LOOP;
END
$make$;
