WITH totals AS (
  SELECT interval_start, count(*) AS denominator, count(DISTINCT person) AS people
  FROM ended WHERE in_range GROUP BY interval_start
),
failures AS (
  SELECT interval_start, coalesce(end_reason, 'unknown') AS cause, count(*) AS numerator
  FROM ended WHERE in_range AND status = 'failed' GROUP BY interval_start, coalesce(end_reason, 'unknown')
)
SELECT f.interval_start, f.cause, f.numerator, t.denominator, t.people
FROM failures f JOIN totals t ON t.interval_start = f.interval_start
