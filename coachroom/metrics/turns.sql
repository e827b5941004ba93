SELECT interval_start,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY client_turns) AS p50_client_turns,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY agent_turns) AS p50_agent_turns,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY client_words) AS p50_client_words,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY agent_words) AS p50_agent_words,
       count(DISTINCT person) AS people
FROM valid WHERE in_range AND NOT off_record GROUP BY interval_start
