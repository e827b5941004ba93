-- Clients' states at past times, and whether they came back. A valid session is what it is for every metric:
-- not failed, at least a word of the client or off the record, and so long.

-- name: first_session
SELECT min(start_time) FROM session_facts
WHERE start_time < CAST($1 AS timestamp) AND status <> 'failed' AND (client_turns >= 1 OR off_record)
  AND duration_seconds >= CAST($2 AS double precision)

-- name: situations
-- $1 nothing that started at or after it counts · $2 a valid session's least seconds · $3 the first Monday ·
-- $4, $5 numbers of Mondays after it and the part that each belongs to · $6, $7 the lower edge of the band of each
-- number of days and of sessions · $8 the seconds in which a return counts.
WITH client_sessions AS (
  SELECT client_no, extract(epoch FROM start_time) - extract(epoch FROM CAST($3 AS timestamp)) AS began,
         CAST(row_number() OVER (PARTITION BY client_no ORDER BY start_time) AS integer) AS so_far,
         extract(epoch FROM lead(start_time) OVER (PARTITION BY client_no ORDER BY start_time))
           - extract(epoch FROM CAST($3 AS timestamp)) AS next_began
  FROM session_facts
  WHERE start_time < CAST($1 AS timestamp) AND status <> 'failed' AND (client_turns >= 1 OR off_record)
    AND duration_seconds >= CAST($2 AS double precision)
),
-- A session is a client's last one from the Monday after it to the Monday at or before the next one.
lasting AS (
  SELECT *, CAST(floor(began / 604800) AS integer) + 1 AS first_week,
         CAST(floor(least(coalesce(next_began, began + 86400 * cardinality($6::integer[])),
                          began + 86400 * cardinality($6::integer[])) / 604800) AS integer) AS last_week
  FROM client_sessions
),
weeks AS (SELECT unnest($4::integer[]) AS week, unnest($5::text[]) AS part),
stood AS (
  SELECT w.part, l.client_no, CAST(floor((604800.0 * w.week - l.began) / 86400) AS integer) AS days, l.so_far,
         coalesce(l.next_began < 604800.0 * w.week + CAST($8 AS double precision), FALSE) AS came_back
  FROM lasting l JOIN weeks w ON w.week BETWEEN l.first_week AND l.last_week
  WHERE l.first_week <= l.last_week
),
placed AS (
  SELECT part, client_no, came_back, ($6::integer[])[days + 1] AS days,
         ($7::integer[])[least(so_far, CAST(cardinality($7::integer[]) AS integer))] AS sessions
  FROM stood WHERE days < cardinality($6::integer[])
)
SELECT part, days, sessions, count(*) AS times, count(*) FILTER (WHERE came_back) AS returned,
       count(DISTINCT client_no) AS clients
FROM placed GROUP BY GROUPING SETS ((part), (part, days, sessions)) ORDER BY part, days, sessions

-- name: standings
-- Of the clients $1: the last valid session and how many there were, before the time $2 and before $3.
SELECT client_id, max(start_time), count(*), max(start_time) FILTER (WHERE start_time < CAST($3 AS timestamp)),
       count(*) FILTER (WHERE start_time < CAST($3 AS timestamp))
FROM session_facts
WHERE client_id = ANY($1) AND start_time < CAST($2 AS timestamp) AND status <> 'failed' AND (client_turns >= 1 OR off_record)
  AND duration_seconds >= CAST($4 AS double precision)
GROUP BY client_id ORDER BY client_id
