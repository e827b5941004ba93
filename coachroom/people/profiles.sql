-- name: put_words
UPDATE client_profiles SET preferences = $2, challenges = coalesce($3, '') WHERE id = $1
