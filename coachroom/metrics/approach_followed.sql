-- A row a session and wish that it tells of; what is made of them: approach_followed.py.
WITH talks AS (
  SELECT v.person, a.pace, a.opening, a.lead, a.asking_share, a.checked_back,
         CAST(v.agent_words AS double precision) / nullif(v.agent_turns, 0) AS words_a_turn
  FROM counted v JOIN session_approach a ON a.session_id = v.session_id
  WHERE v.is_valid AND v.in_range
)
SELECT 'pace' AS field, 'short' AS value, person, pace = 'short' AS wished, words_a_turn AS measure
FROM talks WHERE (pace = 'short' OR pace IS NULL) AND words_a_turn IS NOT NULL
UNION ALL
SELECT 'pace', 'exploring', person, pace = 'exploring', words_a_turn
FROM talks WHERE (pace = 'exploring' OR pace IS NULL) AND words_a_turn IS NOT NULL
UNION ALL
SELECT 'opening', 'check_back', person, opening = 'check_back', CASE WHEN checked_back THEN 1 ELSE 0 END
FROM talks WHERE (opening = 'check_back' OR opening IS NULL) AND checked_back IS NOT NULL
UNION ALL
SELECT 'lead', 'client', person, lead = 'client', asking_share
FROM talks WHERE (lead = 'client' OR lead IS NULL) AND asking_share IS NOT NULL
