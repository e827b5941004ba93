-- A row a session; what is made of them: versions.py. No rating leaves here before its comparison may tell.
SELECT comparison, version, person, rating IS NOT NULL AS is_rated, CASE WHEN tells THEN rating END AS rating,
       planned_sessions, state
FROM version_sessions WHERE is_compared
