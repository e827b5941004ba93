SELECT interval_start, count(*) AS sessions,
       sum(coalesce(silences_by_client, 0)) AS by_client, sum(coalesce(silences_by_agent, 0)) AS by_agent,
       sum(coalesce(silences_by_nobody, 0)) AS by_nobody, count(DISTINCT person) AS people
FROM ended WHERE in_range AND sounded_turns > 0 GROUP BY interval_start
