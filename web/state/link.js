/**
 * How things stand with the server.
 *
 * @typedef {{ state: "connecting", attempt: number, busy?: boolean }
 *   | { state: "open" }
 *   | { state: "lost", busy: boolean, retryAt: number, attempt: number }
 *   | { state: "asleep" }
 *   | { state: "gone" }
 *   | { state: "closed", why: import("../connection/endings.js").Ending }} Link
 * - lost: will be tried again at `retryAt` (milliseconds since the epoch); busy: the server is full
 * - asleep: the server hung up because nothing happened; the session waits
 * - gone: the server does not know the session any more
 */

export {};
