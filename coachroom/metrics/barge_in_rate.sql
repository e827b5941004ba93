SELECT interval_start, sum(interrupted_turns) AS numerator, sum(agent_turns) AS denominator,
       count(DISTINCT person) AS people
FROM ended WHERE in_range AND agent_turns > 0 GROUP BY interval_start
