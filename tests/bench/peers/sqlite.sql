-- The metrics in SQLite's SQL, for weeks, UTC and the whole history. Days are whole days since 1970 (a Thursday, so
-- that a week begins where (day + 3) % 7 is 0). A percentile p weighs the values beside the place p · last, the
-- nearer the more: that is linear interpolation.
--   :until in microseconds since 1970 · :min_valid_seconds · :kind

-- name: sessions
ended AS NOT MATERIALIZED (
  SELECT *, start_time / 86400000000 AS day,
         start_time / 86400000000 - (start_time / 86400000000 + 3) % 7 AS interval_start,
         status IN ('completed', 'abandoned') AND client_turns >= 1 AND duration_seconds >= :min_valid_seconds
           AS is_valid
  FROM session_facts WHERE start_time < :until
),
valid AS NOT MATERIALIZED (SELECT * FROM ended WHERE is_valid),
days AS (
  SELECT first_day, last_day, first_day - (first_day + 3) % 7 AS first_interval,
         last_day - (last_day + 3) % 7 AS last_interval, :until / 86400000000 AS today
  FROM (
    SELECT min(start_time) / 86400000000 AS first_day, (:until - 1) / 86400000000 AS last_day
    FROM session_facts WHERE start_time < :until
  )
),
-- The weeks each client was active in, each beside the client's first and next one.
steps AS (
  SELECT client_no, min(interval_start) OVER (PARTITION BY client_no) AS first_start, interval_start AS this_start,
         lead(interval_start) OVER (PARTITION BY client_no ORDER BY interval_start) AS next_start
  FROM (SELECT DISTINCT client_no, interval_start FROM valid)
),
seconds AS (
  SELECT first_time, second_time
  FROM (
    SELECT start_time AS first_time, lead(start_time) OVER w AS second_time, row_number() OVER w AS visit
    FROM valid WINDOW w AS (PARTITION BY client_no ORDER BY start_time)
  ) WHERE visit = 1
),
calendar AS (
  SELECT first_interval AS interval_start FROM days WHERE first_interval IS NOT NULL
  UNION ALL
  SELECT interval_start + 7 FROM calendar, days WHERE interval_start + 7 <= last_interval
)

-- name: goals
reviews AS (
  SELECT goal_id, interval_start, max(code) % 8 - 2 AS score,
         min(created_at) AS first_time, max(created_at) AS last_time
  FROM (
    SELECT goal_id, created_at, created_at * 8 + score + 2 AS code,
           created_at / 86400000000 - (created_at / 86400000000 + 3) % 7 AS interval_start
    FROM goal_checkins WHERE created_at < :until
  ) GROUP BY goal_id, interval_start
),
attainment AS (
  SELECT client_id, interval_start, goals_reviewed, at_or_above, first_time, last_time,
         round(50 + 10 * wx / sqrt(0.7 * ww + 0.3 * w * w), 9) AS t
  FROM (
    SELECT g.client_id, r.interval_start, count(*) AS goals_reviewed, sum(r.score >= 0) AS at_or_above,
           sum(g.weight * r.score) AS wx, sum(g.weight) AS w, sum(g.weight * g.weight) AS ww,
           min(r.first_time) AS first_time, max(r.last_time) AS last_time
    FROM reviews r JOIN goals g ON g.id = r.goal_id
    WHERE g.weight > 0 AND g.client_id IN (SELECT id FROM client_profiles)
    GROUP BY g.client_id, r.interval_start
  )
)

-- name: rate
rated AS (
  SELECT *, k / n AS value, max(0, (k + 1.920729410347062 - spread) / (n + 3.841458820694124)) AS low,
         min(1, (k + 1.920729410347062 + spread) / (n + 3.841458820694124)) AS high
  FROM (
    SELECT *, 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735311) AS spread
    FROM (SELECT *, CAST(numerator AS REAL) AS k, CAST(nullif(denominator, 0) AS REAL) AS n FROM result)
  )
)

-- name: session_duration
SELECT interval_start, count(*) AS sessions,
       sum(value * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_seconds,
       sum(value * (1 - abs(place - 0.9 * last))) FILTER (WHERE abs(place - 0.9 * last) < 1) AS p90_seconds,
       sum(value) / count(*) AS mean_seconds, sum(value) AS total_seconds
FROM (
  SELECT interval_start, duration_seconds AS value,
         row_number() OVER (PARTITION BY interval_start ORDER BY duration_seconds) - 1 AS place,
         count(*) OVER (PARTITION BY interval_start) - 1 AS last
  FROM valid
) GROUP BY interval_start

-- name: session_outcomes
SELECT interval_start, count(*) AS sessions, sum(status = 'completed') AS completed,
       sum(status = 'abandoned') AS abandoned, sum(status = 'failed') AS failed, sum(client_turns = 0 AND written_steps = 0) AS bounced,
       sum(is_valid) AS valid
FROM ended GROUP BY interval_start

-- name: written_sessions
SELECT interval_start, sum(written_steps = 4) AS numerator, count(*) AS denominator
FROM ended WHERE written_steps > 0 AND client_turns = 0 GROUP BY interval_start

-- name: active_clients
WITH RECURSIVE visits AS (
  SELECT day, lead(day) OVER (PARTITION BY client_no ORDER BY day) AS next_day
  FROM (SELECT DISTINCT client_no, day FROM valid)
),
stays AS (
  SELECT day, min(day + 7, coalesce(next_day, day + 7)) AS until_7,
         min(day + 30, coalesce(next_day, day + 30)) AS until_30, count(*) AS n
  FROM visits GROUP BY 1, 2, 3
),
every_day AS (
  SELECT first_day AS day FROM days WHERE first_day IS NOT NULL
  UNION ALL
  SELECT day + 1 FROM every_day, days WHERE day < last_day
),
changes AS (
  SELECT day, n AS dau, n AS wau, n AS mau FROM stays
  UNION ALL SELECT until_7, 0, -n, 0 FROM stays
  UNION ALL SELECT until_30, 0, 0, -n FROM stays
  UNION ALL SELECT day, 0, 0, 0 FROM every_day
),
sums AS (SELECT day, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau FROM changes GROUP BY day),
running AS (
  SELECT day, dau, sum(wau) OVER (ORDER BY day) AS wau, sum(mau) OVER (ORDER BY day) AS mau FROM sums
)
SELECT day, dau, wau, mau, CAST(dau AS REAL) / nullif(mau, 0) AS stickiness
FROM running WHERE day <= (SELECT last_day FROM days)

-- name: return_gaps
SELECT gap_days, count(*) AS returns
FROM (SELECT day - lag(day) OVER (PARTITION BY client_no ORDER BY start_time) AS gap_days FROM valid)
WHERE gap_days IS NOT NULL GROUP BY gap_days

-- name: return_rate
SELECT within_days, sum(coalesce(second_time <= first_time + within_days * 86400000000, 0)) AS numerator,
       count(*) AS denominator
FROM (SELECT 7 AS within_days UNION ALL SELECT 14 UNION ALL SELECT 30)
JOIN seconds ON first_time <= :until - within_days * 86400000000
GROUP BY within_days

-- name: time_to_second_session
WITH waits AS (
  SELECT coalesce(second_time / 86400000000, last_day) - first_time / 86400000000 AS days,
         second_time IS NOT NULL AS came
  FROM seconds, days
),
groups AS (
  SELECT days, sum(came) AS returned, sum(count(*)) OVER (ORDER BY days DESC) AS at_risk FROM waits GROUP BY days
),
factors AS (SELECT days, at_risk, returned, 1 - CAST(returned AS REAL) / at_risk AS stay FROM groups),
curve AS (
  SELECT days, at_risk, returned,
         CASE WHEN min(stay) OVER w = 0 THEN 0 ELSE exp(sum(ln(nullif(stay, 0))) OVER w) END AS survival
  FROM factors WINDOW w AS (ORDER BY days)
)
SELECT days, at_risk, returned, survival FROM curve WHERE returned > 0

-- name: retention
WITH sizes AS (
  SELECT first_start, count(*) AS cohort_size FROM steps WHERE this_start = first_start GROUP BY first_start
),
counts AS (
  SELECT first_start, this_start, count(*) AS clients FROM steps
  WHERE :kind = 'recurring' GROUP BY first_start, this_start
  UNION ALL
  SELECT first_start, last_start, count(*) FROM (
    SELECT min(first_start) AS first_start, max(this_start) AS last_start
    FROM steps WHERE :kind = 'unbounded' GROUP BY client_no
  ) GROUP BY first_start, last_start
  UNION ALL
  SELECT first_start, last_start, count(*) FROM (
    SELECT min(first_start) AS first_start, min(this_start) AS last_start
    FROM steps WHERE :kind = 'cumulative' AND (next_start IS NULL OR next_start > this_start + 7)
    GROUP BY client_no
  ) GROUP BY first_start, last_start
),
cells AS (
  SELECT s.first_start AS cohort_start, (c.interval_start - s.first_start) / 7 AS period, s.cohort_size,
         c.interval_start + 7 <= d.today AS mature, coalesce(k.clients, 0) AS clients
  FROM sizes s JOIN calendar c ON c.interval_start >= s.first_start CROSS JOIN days d
  LEFT JOIN counts k ON k.first_start = s.first_start AND k.this_start = c.interval_start
),
grid AS (
  SELECT cohort_start, period, cohort_size, mature,
         CASE WHEN :kind = 'recurring' THEN clients
           ELSE sum(clients) OVER (PARTITION BY cohort_start ORDER BY period DESC) END AS retained
  FROM cells
)
SELECT *, retained AS numerator, cohort_size AS denominator FROM grid

-- name: lifecycle
WITH moves AS (
  SELECT this_start, next_start, count(*) AS n, sum(this_start = first_start) AS begun
  FROM steps GROUP BY this_start, next_start
),
stayed AS (SELECT this_start AS interval_start, sum(n) AS active, sum(begun) AS new FROM moves GROUP BY this_start),
came AS (SELECT next_start AS interval_start, sum(n) AS returning_ FROM moves
         WHERE next_start = this_start + 7 GROUP BY next_start),
gone AS (SELECT this_start + 7 AS interval_start, sum(n) AS dormant FROM moves
         WHERE next_start IS NULL OR next_start > this_start + 7 GROUP BY this_start)
SELECT c.interval_start, coalesce(s.new, 0) AS new, coalesce(b.returning_, 0) AS "returning",
       coalesce(s.active, 0) - coalesce(s.new, 0) - coalesce(b.returning_, 0) AS resurrecting,
       coalesce(g.dormant, 0) AS dormant, coalesce(s.active, 0) AS active
FROM calendar c LEFT JOIN stayed s ON s.interval_start = c.interval_start
LEFT JOIN came b ON b.interval_start = c.interval_start
LEFT JOIN gone g ON g.interval_start = c.interval_start

-- name: csat
SELECT interval_start, responses, sessions, CAST(rated_sessions AS REAL) / nullif(sessions, 0) AS response_rate,
       numerator, responses AS denominator, mean_rating
FROM (
  SELECT e.interval_start, count(f.rating) AS responses, sum(e.is_valid) AS sessions,
         sum(e.is_valid AND f.rating IS NOT NULL) AS rated_sessions, sum(coalesce(f.rating >= 4, 0)) AS numerator,
         avg(f.rating) AS mean_rating
  FROM ended e LEFT JOIN feedback f ON f.session_id = e.session_id GROUP BY e.interval_start
) WHERE sessions > 0 OR responses > 0

-- name: nps
SELECT e.interval_start, sum(f.nps >= 9) AS promoters, sum(f.nps BETWEEN 7 AND 8) AS passives,
       sum(f.nps <= 6) AS detractors, 100.0 * (sum(f.nps >= 9) - sum(f.nps <= 6)) / count(*) AS value
FROM feedback f JOIN ended e ON e.session_id = f.session_id WHERE f.nps IS NOT NULL GROUP BY e.interval_start

-- name: check_in
SELECT interval_start, count(*) AS answers,
       sum(total * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_total,
       sum(total < 36) AS below_36
FROM (
  SELECT interval_start, total, row_number() OVER (PARTITION BY interval_start ORDER BY total) - 1 AS place,
         count(*) OVER (PARTITION BY interval_start) - 1 AS last
  FROM (
    SELECT e.interval_start, c.heard + c.right_topics + c.approach_fits + c.overall AS total
    FROM check_ins c JOIN ended e ON e.session_id = c.session_id
  )
) GROUP BY interval_start

-- name: turns
SELECT interval_start,
       sum(client_turns * (1 - abs(a - half))) FILTER (WHERE abs(a - half) < 1) AS p50_client_turns,
       sum(agent_turns * (1 - abs(b - half))) FILTER (WHERE abs(b - half) < 1) AS p50_agent_turns,
       sum(client_words * (1 - abs(c - half))) FILTER (WHERE abs(c - half) < 1) AS p50_client_words,
       sum(agent_words * (1 - abs(d - half))) FILTER (WHERE abs(d - half) < 1) AS p50_agent_words
FROM (
  SELECT interval_start, client_turns, agent_turns, client_words, agent_words,
         row_number() OVER (PARTITION BY interval_start ORDER BY client_turns) - 1 AS a,
         row_number() OVER (PARTITION BY interval_start ORDER BY agent_turns) - 1 AS b,
         row_number() OVER (PARTITION BY interval_start ORDER BY client_words) - 1 AS c,
         row_number() OVER (PARTITION BY interval_start ORDER BY agent_words) - 1 AS d,
         0.5 * (count(*) OVER (PARTITION BY interval_start) - 1) AS half
  FROM valid
) GROUP BY interval_start

-- name: talk_ratio
SELECT interval_start, count(*) AS sessions,
       sum(share * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50,
       sum(over) AS over_60_percent
FROM (
  SELECT interval_start, share, over, row_number() OVER (PARTITION BY interval_start ORDER BY share) - 1 AS place,
         count(*) OVER (PARTITION BY interval_start) - 1 AS last
  FROM (
    SELECT interval_start, CAST(agent_words AS REAL) / (agent_words + client_words) AS share,
           agent_words * 10 > (agent_words + client_words) * 6 AS over
    FROM valid WHERE agent_words + client_words > 0
  )
) GROUP BY interval_start

-- name: turn_latency
SELECT interval_start, count(*) AS turns,
       sum(ms * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_ms,
       sum(ms * (1 - abs(place - 0.95 * last))) FILTER (WHERE abs(place - 0.95 * last) < 1) AS p95_ms,
       max(ms) AS max_ms
FROM (
  SELECT e.interval_start, l.ms, row_number() OVER (PARTITION BY e.interval_start ORDER BY l.ms) - 1 AS place,
         count(*) OVER (PARTITION BY e.interval_start) - 1 AS last
  FROM ended e JOIN heard l ON l.session_no = e.no WHERE l.part = 'felt'
) GROUP BY interval_start

-- name: latency_parts
SELECT interval_start, part, count(*) AS turns,
       sum(ms * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_ms,
       sum(ms * (1 - abs(place - 0.95 * last))) FILTER (WHERE abs(place - 0.95 * last) < 1) AS p95_ms,
       max(ms) AS max_ms
FROM (
  SELECT e.interval_start, l.part, l.ms,
         row_number() OVER (PARTITION BY e.interval_start, l.part ORDER BY l.ms) - 1 AS place,
         count(*) OVER (PARTITION BY e.interval_start, l.part) - 1 AS last
  FROM ended e JOIN heard l ON l.session_no = e.no WHERE l.part NOT IN ('felt', 'reconnect')
) GROUP BY interval_start, part

-- name: cut_ins
SELECT interval_start, sum(cut_ins) AS numerator, sum(sounded_turns) AS denominator
FROM ended WHERE sounded_turns > 0 GROUP BY interval_start

-- name: silences
SELECT interval_start, count(*) AS sessions, sum(coalesce(silences_by_client, 0)) AS by_client,
       sum(coalesce(silences_by_agent, 0)) AS by_agent, sum(coalesce(silences_by_nobody, 0)) AS by_nobody
FROM ended WHERE sounded_turns > 0 GROUP BY interval_start

-- name: reconnects
WITH waits AS (
  SELECT interval_start, sum(ms * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50,
         sum(ms * (1 - abs(place - 0.95 * last))) FILTER (WHERE abs(place - 0.95 * last) < 1) AS p95
  FROM (
    SELECT e.interval_start, l.ms, row_number() OVER (PARTITION BY e.interval_start ORDER BY l.ms) - 1 AS place,
           count(*) OVER (PARTITION BY e.interval_start) - 1 AS last
    FROM ended e JOIN heard l ON l.session_no = e.no WHERE l.part = 'reconnect'
  ) GROUP BY interval_start
)
SELECT e.interval_start, count(*) AS sessions,
       sum(EXISTS (SELECT 1 FROM heard l WHERE l.session_no = e.no AND l.part = 'reconnect')) AS with_reconnect,
       w.p50 AS p50_seconds, w.p95 AS p95_seconds, sum(coalesce(e.given_up, 0)) AS given_up
FROM ended e LEFT JOIN waits w ON w.interval_start = e.interval_start
WHERE e.agent_id IS NOT NULL GROUP BY e.interval_start

-- name: barge_in_rate
SELECT interval_start, sum(interrupted_turns) AS numerator, sum(agent_turns) AS denominator
FROM ended WHERE agent_turns > 0 GROUP BY interval_start

-- name: pauses
WITH typical AS (
  SELECT interval_start,
         sum(paused_seconds * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_seconds
  FROM (
    SELECT interval_start, paused_seconds,
           row_number() OVER (PARTITION BY interval_start ORDER BY paused_seconds) - 1 AS place,
           count(*) OVER (PARTITION BY interval_start) - 1 AS last
    FROM valid WHERE pauses > 0
  ) GROUP BY interval_start
)
SELECT v.interval_start, sum(v.pauses > 0) AS numerator, count(*) AS denominator, sum(v.pauses) AS pauses,
       sum(v.interruptions) AS interruptions, t.p50_seconds
FROM valid v LEFT JOIN typical t ON t.interval_start = v.interval_start GROUP BY v.interval_start

-- name: human_sessions
SELECT interval_start, count(*) AS sessions, sum(joins > 0) AS joined, sum(hints) AS hints, sum(holds) AS holds,
       sum(takeovers) AS takeovers, sum(human_seconds) / 60 AS human_minutes
FROM valid GROUP BY interval_start

-- name: human_comparison
WITH talks AS (
  SELECT session_id, start_time, CASE WHEN joins > 0 THEN 'with' ELSE 'without' END AS human,
         count(*) OVER (PARTITION BY client_id ORDER BY start_time
           RANGE BETWEEN 1 FOLLOWING AND 1209600000000 FOLLOWING) AS later
  FROM valid
)
SELECT 'returned' AS measure, human, sum(later > 0) AS numerator, count(*) AS denominator
FROM talks WHERE start_time <= :until - 1209600000000 GROUP BY human
UNION ALL
SELECT 'satisfied', human, sum(f.rating >= 4), count(*)
FROM talks t JOIN feedback f ON f.session_id = t.session_id WHERE f.rating IS NOT NULL GROUP BY human
ORDER BY 1, 2

-- name: next_dates
dated AS (
  SELECT session_id, start_time, end_time, interval_start,
         (SELECT min(a.begins_at) FROM appointments a
          WHERE a.client_id = v.client_id AND a.begins_at > v.end_time AND a.made_at <= v.end_time + 86400000000
            AND NOT (a.status = 'cancelled' AND a.changed_at <= v.end_time + 86400000000)) AS next_at
  FROM valid v WHERE end_time <= :until - 86400000000
)

-- name: next_date
SELECT interval_start, count(days) AS numerator, count(*) AS denominator,
       sum(days * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_days
FROM (
  SELECT interval_start, days,
         CASE WHEN days IS NOT NULL THEN
           row_number() OVER (PARTITION BY interval_start ORDER BY days NULLS LAST) - 1 END AS place,
         count(days) OVER (PARTITION BY interval_start) - 1 AS last
  FROM (SELECT interval_start, (next_at - end_time) / 86400000000.0 AS days FROM dated)
) GROUP BY interval_start

-- name: next_date_comparison
WITH talks AS (
  SELECT session_id, count(*) OVER (PARTITION BY client_id ORDER BY start_time
           RANGE BETWEEN 1 FOLLOWING AND 1209600000000 FOLLOWING) AS later
  FROM valid
)
SELECT CASE WHEN d.next_at IS NOT NULL THEN 'with' ELSE 'without' END AS next_date, sum(t.later > 0) AS numerator,
       count(*) AS denominator
FROM dated d JOIN talks t ON t.session_id = d.session_id WHERE d.start_time <= :until - 1209600000000
GROUP BY 1 ORDER BY 1

-- name: appointments
SELECT interval_start, count(*) AS appointments, sum(sequence - (status = 'cancelled') > 0) AS moved,
       sum(status = 'cancelled') AS cancelled, sum(status = 'kept') AS kept,
       sum(coalesce(missed_by = 'client', 0)) AS missed_by_client,
       sum(coalesce(missed_by = 'coach', 0)) AS missed_by_coach,
       sum(coalesce(missed_by = 'both', 0)) AS missed_by_both,
       sum(lead_days * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_lead_days
FROM (
  SELECT *, row_number() OVER (PARTITION BY interval_start ORDER BY lead_days) - 1 AS place,
         count(*) OVER (PARTITION BY interval_start) - 1 AS last
  FROM (
    SELECT *, (begins_at - made_at) / 86400000000.0 AS lead_days,
           begins_at / 86400000000 - (begins_at / 86400000000 + 3) % 7 AS interval_start
    FROM appointments WHERE begins_at < :until AND client_id IN (SELECT id FROM client_profiles)
  )
) GROUP BY interval_start

-- name: approach_choice
WITH latest AS (
  SELECT a.*, row_number() OVER (PARTITION BY v.client_id ORDER BY v.start_time DESC, v.session_id DESC) AS place
  FROM valid v JOIN session_approach a ON a.session_id = v.session_id
),
chosen AS (
  SELECT 'tone' AS field, tone AS value FROM latest WHERE place = 1
  UNION ALL SELECT 'pace', pace FROM latest WHERE place = 1
  UNION ALL SELECT 'opening', opening FROM latest WHERE place = 1
  UNION ALL SELECT 'lead', lead FROM latest WHERE place = 1
)
SELECT field, coalesce(value, 'as it comes') AS value, count(*) AS clients,
       count(*) * 1.0 / (SELECT count(*) FROM latest WHERE place = 1) AS share
FROM chosen GROUP BY field, coalesce(value, 'as it comes') ORDER BY 1, 2

-- name: approach_asked
WITH happened AS (
  SELECT asked_at AS at_time, 1 AS asked, coalesce(answered_at < :until, 0) AS answered,
         coalesce(answered_at < :until AND changed, 0) AS changed, 0 AS tried, 0 AS kept
  FROM approach_asks
  UNION ALL
  SELECT made_at, 0, 0, 0, 1, state = 'kept' FROM approach_choices WHERE source = 'trial'
),
sums AS MATERIALIZED (
  SELECT at_time / 86400000000 - (at_time / 86400000000 + 3) % 7 AS interval_start, sum(asked) AS asked,
         sum(answered) AS answered, sum(changed) AS changed, sum(tried) AS tried, sum(kept) AS kept,
         sum(tried) - sum(kept) AS dropped
  FROM happened WHERE at_time < :until GROUP BY 1
),
counted AS (
  SELECT interval_start, 'answered' AS name, answered * 1.0 AS k, asked AS n FROM sums WHERE asked > 0
  UNION ALL SELECT interval_start, 'changed', changed * 1.0, asked FROM sums WHERE asked > 0
  UNION ALL SELECT interval_start, 'kept', kept * 1.0, tried FROM sums WHERE tried > 0
  UNION ALL SELECT interval_start, 'dropped', dropped * 1.0, tried FROM sums WHERE tried > 0
),
shares AS MATERIALIZED (
  SELECT interval_start, name, k / n AS share,
         max(0, (k + 1.920729410347062 - 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735311))
           / (n + 3.841458820694124)) AS low,
         min(1, (k + 1.920729410347062 + 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735311))
           / (n + 3.841458820694124)) AS high
  FROM counted
)
SELECT s.*, a.share AS answered_share, a.low AS answered_low, a.high AS answered_high,
       c.share AS changed_share, c.low AS changed_low, c.high AS changed_high,
       k.share AS kept_share, k.low AS kept_low, k.high AS kept_high,
       d.share AS dropped_share, d.low AS dropped_low, d.high AS dropped_high
FROM sums s
LEFT JOIN shares a ON a.interval_start = s.interval_start AND a.name = 'answered'
LEFT JOIN shares c ON c.interval_start = s.interval_start AND c.name = 'changed'
LEFT JOIN shares k ON k.interval_start = s.interval_start AND k.name = 'kept'
LEFT JOIN shares d ON d.interval_start = s.interval_start AND d.name = 'dropped'

-- name: approach_fits
SELECT interval_start, count(score) AS answers, count(*) AS sessions, count(score) * 1.0 / count(*) AS response_rate,
       sum(score * (1 - abs(place - 0.5 * last))) FILTER (WHERE score IS NOT NULL AND abs(place - 0.5 * last) < 1)
         AS p50,
       coalesce(sum(score < 6), 0) AS below_6
FROM (
  SELECT v.interval_start, q.score,
         row_number() OVER (PARTITION BY v.interval_start ORDER BY q.score IS NULL, q.score) - 1 AS place,
         count(q.score) OVER (PARTITION BY v.interval_start) - 1 AS last
  FROM valid v LEFT JOIN session_questions q ON q.session_id = v.session_id AND q.question = 'approach_fits'
) GROUP BY interval_start

-- name: task_success
SELECT e.interval_start, sum(v.result = 'success') AS success, sum(v.result = 'failure') AS failure,
       sum(v.result = 'unknown') AS unknown, sum(v.result = 'success') AS numerator,
       sum(v.result IN ('success', 'failure')) AS denominator
FROM evaluations v JOIN ended e ON e.session_id = v.session_id GROUP BY e.interval_start

-- name: failure_rate
WITH totals AS (SELECT interval_start, count(*) AS denominator FROM ended GROUP BY interval_start)
SELECT e.interval_start, coalesce(e.end_reason, 'unknown') AS cause, count(*) AS numerator, t.denominator
FROM ended e JOIN totals t ON t.interval_start = e.interval_start
WHERE e.status = 'failed' GROUP BY e.interval_start, coalesce(e.end_reason, 'unknown')

-- name: funnel
WITH agreed AS (
  SELECT client_id FROM consents WHERE given_at < :until
  UNION SELECT client_id FROM withdrawn_consents WHERE given_at < :until
),
came AS (SELECT client_id, count(*) AS sessions FROM valid GROUP BY client_id),
reached AS (
  SELECT CASE WHEN c.sessions >= 2 THEN 5 WHEN c.sessions = 1 THEN 4 WHEN a.client_id IS NOT NULL THEN 3
              WHEN p.id IS NOT NULL THEN 2 ELSE 1 END AS place
  FROM members m LEFT JOIN client_profiles p ON p.id = m.client_id AND p.created_at < :until
  LEFT JOIN agreed a ON a.client_id = m.client_id LEFT JOIN came c ON c.client_id = m.client_id
  WHERE m.role = 'client' AND m.created_at < :until
),
counts AS (
  SELECT n.column1 AS step, (SELECT count(*) FROM reached WHERE place >= CAST(n.column1 AS integer)) AS clients
  FROM (VALUES ('1 invited'), ('2 signed in'), ('3 consented'), ('4 first session'), ('5 second session')) AS n
)
SELECT step, clients, clients AS numerator, lag(clients) OVER (ORDER BY step) AS denominator,
       1.0 * clients / nullif(first_value(clients) OVER (ORDER BY step), 0) AS share_of_first,
       1.0 * clients / nullif(lag(clients) OVER (ORDER BY step), 0) AS share_of_previous
FROM counts ORDER BY step

-- name: membership_survival
WITH kept AS (
  SELECT row_number() OVER () AS member, client_id, joined_at, CASE WHEN left_at < :until THEN left_at END AS left_at
  FROM (SELECT *, coalesce(joined_at, created_at) + 2592000000000 AS landmark FROM (
    SELECT client_id, role, created_at, coalesce(joined_at, created_at) AS joined_at, left_at FROM members))
  WHERE role = 'client' AND created_at < :until AND created_at <= landmark AND landmark < :until
    AND (left_at IS NULL OR left_at >= landmark)
),
watched AS (
  SELECT CASE WHEN EXISTS (SELECT 1 FROM valid f WHERE f.client_id = k.client_id AND f.start_time >= k.joined_at
                AND f.start_time < k.joined_at + 2592000000000) THEN 'with' ELSE 'without' END AS sessions,
         left_at IS NOT NULL AS gone, (coalesce(left_at, :until) - joined_at) / 86400000000 AS days
  FROM kept k
),
steps AS (
  SELECT sessions, days, sum(gone) AS gone, sum(count(*)) OVER (PARTITION BY sessions ORDER BY days DESC) AS at_risk
  FROM watched GROUP BY sessions, days
),
groups AS (SELECT sessions, count(*) AS members, max(days) / 30 AS last_month FROM watched GROUP BY sessions),
months AS (SELECT 1 AS month UNION ALL SELECT month + 1 FROM months WHERE month < (SELECT max(last_month) FROM groups)),
curve AS (
  SELECT g.sessions, m.month AS months, g.members, sum(s.gone) AS gone,
         CASE WHEN max(s.gone = s.at_risk) THEN 0 ELSE exp(sum(ln(1 - 1.0 * s.gone / nullif(s.at_risk, s.gone)))) END AS survival,
         sum(1.0 * s.gone / s.at_risk / nullif(s.at_risk - s.gone, 0)) AS variance
  FROM groups g JOIN months m ON m.month <= g.last_month LEFT JOIN steps s ON s.sessions = g.sessions AND s.days < 30 * m.month
  GROUP BY g.sessions, m.month
),
spreads AS (
  SELECT *, coalesce(survival, 1) AS stay,
         CASE WHEN survival > 0 AND survival < 1 THEN sqrt(variance) / abs(ln(survival)) END AS spread
  FROM curve
)
SELECT sessions, months, members, coalesce(gone, 0) AS "left", stay AS survival,
       (SELECT count(*) FROM watched w WHERE w.sessions = p.sessions AND w.days >= 30 * p.months) AS at_risk,
       pow(stay, exp(1.959963984540054 * spread)) AS lower, pow(stay, exp(-1.959963984540054 * spread)) AS upper
FROM spreads p ORDER BY sessions, months

-- name: goal_attainment
WITH firsts AS (
  SELECT client_id, interval_start, goals_reviewed, at_or_above, t,
         t - first_value(t) OVER (PARTITION BY client_id ORDER BY interval_start) AS change
  FROM attainment
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY interval_start ORDER BY t) - 1 AS a,
         row_number() OVER (PARTITION BY interval_start ORDER BY change) - 1 AS b,
         0.5 * (count(*) OVER (PARTITION BY interval_start) - 1) AS half
  FROM firsts
)
SELECT interval_start, count(*) AS clients,
       sum(t * (1 - abs(a - half))) FILTER (WHERE abs(a - half) < 1) AS p50_t,
       sum(change * (1 - abs(b - half))) FILTER (WHERE abs(b - half) < 1) AS p50_change,
       sum(goals_reviewed) AS goals_reviewed, sum(at_or_above) AS at_or_above,
       sum(at_or_above) AS numerator, sum(goals_reviewed) AS denominator
FROM ranked GROUP BY interval_start

-- name: action_completion
SELECT interval_start, count(*) AS due, sum(coalesce(done_at <= due_at, 0)) AS on_time,
       sum(coalesce(done_at > due_at, 0)) AS late, sum(status = 'dropped') AS dropped,
       sum(coalesce(done_at <= due_at, 0)) AS numerator, count(*) AS denominator
FROM (
  SELECT status, due_at, CASE WHEN status = 'done' AND done_at < :until THEN done_at END AS done_at,
         due_at / 86400000000 - (due_at / 86400000000 + 3) % 7 AS interval_start
  FROM actions WHERE due_at < :until AND client_id IN (SELECT id FROM client_profiles)
) GROUP BY interval_start

-- name: steps_answered
SELECT interval_start, sum(answered) AS numerator, count(*) AS denominator
FROM (
  SELECT coalesce(status <> 'open' AND coalesce(answered_at, done_at) <= due_at + 172800000000, 0) AS answered,
         due_at / 86400000000 - (due_at / 86400000000 + 3) % 7 AS interval_start
  FROM actions WHERE due_at <= :until - 172800000000 AND client_id IN (SELECT id FROM client_profiles)
) GROUP BY interval_start

-- name: confidence_change
SELECT interval_start, count(*) AS sessions,
       sum(change * (1 - abs(place - 0.5 * last))) FILTER (WHERE abs(place - 0.5 * last) < 1) AS p50_change
FROM (
  SELECT interval_start, change, row_number() OVER (PARTITION BY interval_start ORDER BY change) - 1 AS place,
         count(*) OVER (PARTITION BY interval_start) - 1 AS last
  FROM (
    SELECT e.interval_start, c.after_score - c.before_score AS change
    FROM confidence c JOIN ended e ON e.session_id = c.session_id
    WHERE c.before_score IS NOT NULL AND c.after_score IS NOT NULL
  )
) GROUP BY interval_start

-- name: reliable_change
WITH places AS (
  SELECT client_id, t, first_time, last_time, row_number() OVER (PARTITION BY client_id ORDER BY interval_start) AS n,
         count(*) OVER (PARTITION BY client_id) AS many
  FROM attainment
),
clients AS (
  SELECT (max(t) FILTER (WHERE n = many) - max(t) FILTER (WHERE n = 1)) / (sqrt(2.0) * 10 * sqrt(1 - 0.80)) AS rci
  FROM places GROUP BY client_id HAVING max(last_time) >= min(first_time) + 90 * 86400000000
)
SELECT count(*) AS clients, coalesce(sum(rci > 1.96), 0) AS improved,
       coalesce(sum(abs(rci) <= 1.96), 0) AS unchanged, coalesce(sum(rci < -1.96), 0) AS worsened
FROM clients
