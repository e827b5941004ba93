SELECT interval_start, sum(cut_ins) AS numerator, sum(sounded_turns) AS denominator,
       count(DISTINCT person) AS people
FROM ended WHERE in_range AND sounded_turns > 0 GROUP BY interval_start
