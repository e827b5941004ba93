-- name: add_demo_members
INSERT INTO members (email, display_name, role, status, client_id, coach_email, source, created_at, updated_at)
SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), 'active', unnest($4::text[]),
       unnest($5::text[]), 'demo', CAST($6 AS timestamp), CAST($6 AS timestamp)
ON CONFLICT (email) DO NOTHING

-- name: add_demo_clients
INSERT INTO client_profiles (id, display_name, created_at)
SELECT unnest($1::text[]), unnest($2::text[]), CAST($3 AS timestamp)
ON CONFLICT (id) DO NOTHING
