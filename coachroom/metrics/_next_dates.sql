-- Valid sessions that ended at least a day ago, each with the client's next date as it was known a day after its end.
dated AS (
  SELECT v.session_id, v.person, v.start_time, v.end_time, v.interval_start, min(a.begins_at) AS next_at
  FROM valid v
  LEFT JOIN appointments a ON a.client_id = v.client_id AND a.begins_at > v.end_time
    AND a.made_at <= v.end_time + INTERVAL '24 hours'
    AND NOT (a.status = 'cancelled' AND a.changed_at <= v.end_time + INTERVAL '24 hours')
  WHERE v.in_range AND v.end_time <= CAST($until AS timestamp) - INTERVAL '24 hours'
  GROUP BY v.session_id, v.person, v.start_time, v.end_time, v.interval_start
)
