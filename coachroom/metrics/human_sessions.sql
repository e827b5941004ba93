SELECT interval_start, count(*) AS sessions, count(*) FILTER (WHERE joins > 0) AS joined, sum(hints) AS hints,
       sum(holds) AS holds, sum(takeovers) AS takeovers, sum(human_seconds) / 60 AS human_minutes,
       count(DISTINCT person) AS people, count(DISTINCT CASE WHEN joins > 0 THEN person END) AS joined_people
FROM valid WHERE in_range GROUP BY interval_start
