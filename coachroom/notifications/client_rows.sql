-- Which rows of this package's tables are a client's, as conditions. `$emails`: the addresses that they have here.

-- name: outbox
$client = ANY(about) OR recipient = ANY($emails)

-- name: unsubscribed
email = ANY($emails)
