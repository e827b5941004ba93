// @ts-check
// While all lines are taken, the service keeps a new call in a queue and discards what the client sends. The client
// library does not know that; it hands the events on as debug output.

/** @typedef {"waiting" | "admitted" | "timed_out"} QueueStatus */

const STATUSES = new Set(["waiting", "admitted", "timed_out"]);

/**
 * Where the call stands in the queue, if the event says so; otherwise null.
 * @param {any} event
 * @returns {QueueStatus | null}
 */
export function queueStatus(event) {
  if (event?.type !== "queue_status") return null;
  const told = (event.queue_status_event ?? event.queue_status ?? event).status;
  return STATUSES.has(told) ? told : null;
}
