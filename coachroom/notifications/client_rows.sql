-- Which rows of this package's tables are a client's, as conditions. `$emails`: the addresses that they have here.

-- name: outbox
$client = ANY(about) OR recipient = ANY($emails)

-- name: device_notices
client_id = $client

-- name: devices
client_id = $client

-- name: push_subscriptions
person = ANY($emails)

-- name: unsubscribed
email = ANY($emails)
