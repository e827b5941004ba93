-- A row a session; what is made of them: versions.py.
SELECT comparison, version, person, CASE WHEN status = 'failed' THEN reason END AS cause FROM version_sessions
