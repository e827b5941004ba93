SELECT e.interval_start,
       count(*) FILTER (WHERE f.nps >= 9) AS promoters,
       count(*) FILTER (WHERE f.nps BETWEEN 7 AND 8) AS passives,
       count(*) FILTER (WHERE f.nps <= 6) AS detractors,
       CAST(100 * (count(*) FILTER (WHERE f.nps >= 9) - count(*) FILTER (WHERE f.nps <= 6)) AS double precision)
         / count(*) AS value,
       count(*) AS answers, count(DISTINCT e.person) AS people
FROM ended e JOIN feedback f ON f.session_id = e.session_id
WHERE e.in_range AND f.nps IS NOT NULL GROUP BY e.interval_start
