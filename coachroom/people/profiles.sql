-- name: put_words
UPDATE client_profiles SET preferences = $2, challenges = coalesce($3, '') WHERE id = $1

-- name: put_zone
UPDATE client_profiles SET timezone = $2 WHERE id = $1

-- name: zone_of
SELECT timezone FROM client_profiles WHERE id = $1
