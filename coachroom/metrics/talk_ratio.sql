SELECT interval_start, count(*) AS sessions,
       percentile_cont(0.5)
         WITHIN GROUP (ORDER BY CAST(agent_words AS double precision) / (agent_words + client_words)) AS p50,
       -- In whole numbers, so that a session at exactly 60 % is never over it.
       count(*) FILTER (WHERE agent_words * 10 > (agent_words + client_words) * 6) AS over_60_percent,
       count(DISTINCT person) AS people
FROM valid WHERE in_range AND agent_words + client_words > 0 GROUP BY interval_start
