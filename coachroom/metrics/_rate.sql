-- Wilson's 95 % interval for numerator of denominator, z = 1.959963984540054 (below with its square, half of that and
-- a quarter of it); NULL where the denominator is 0.
rated AS (
  SELECT c.*, k / n AS value,
         CASE WHEN n > 0 THEN greatest(0, (k + 1.920729410347062 - spread) / (n + 3.841458820694124)) END AS low,
         CASE WHEN n > 0 THEN least(1, (k + 1.920729410347062 + spread) / (n + 3.841458820694124)) END AS high
  FROM (
    SELECT *, 1.959963984540054 * sqrt(k * (n - k) / n + 0.9603647051735311) AS spread
    FROM (
      SELECT *, CAST(numerator AS double precision) AS k, CAST(nullif(denominator, 0) AS double precision) AS n
      FROM result
    ) AS b
  ) AS c
)
