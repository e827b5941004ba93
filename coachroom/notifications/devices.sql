-- name: wished
SELECT 1 FROM device_notices WHERE client_id = $1

-- name: wish
INSERT INTO device_notices (client_id, wished_at) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: wish_no_more
DELETE FROM device_notices WHERE client_id = $1

-- name: forget_devices
DELETE FROM devices WHERE client_id = $1

-- name: devices
SELECT device FROM devices WHERE client_id = $1

-- name: add_device
INSERT INTO devices (client_id, device, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
