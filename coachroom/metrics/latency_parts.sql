WITH timed AS (
  SELECT interval_start, person, 'end_to_transcript' AS part, unnest(transcript_ms) AS ms FROM ended WHERE in_range
  UNION ALL
  SELECT interval_start, person, 'transcript_to_sound', unnest(answer_ms) FROM ended WHERE in_range
  UNION ALL
  SELECT interval_start, person, 'interruption_to_silence', unnest(silenced_ms) FROM ended WHERE in_range
  UNION ALL
  SELECT interval_start, person, 'typed_to_answer', unnest(typed_ms) FROM ended WHERE in_range
  UNION ALL
  -- What pages measured before they listened; typed turns are among them.
  SELECT interval_start, person, 'as_measured_before', unnest(latencies_ms) FROM ended WHERE in_range
),
summaries AS (
  SELECT interval_start, part, count(*) AS turns, max(ms) AS max_ms, count(DISTINCT person) AS people,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ms) AS percentiles
  FROM timed GROUP BY interval_start, part
)
SELECT interval_start, part, turns, percentiles[1] AS p50_ms, percentiles[2] AS p95_ms, max_ms, people
FROM summaries
