/** What the system says of itself, second by second: the last minutes of it. */

/** @typedef {import("./events.js").Mood} Mood */
/** @typedef {{ p50: number | null, p95: number | null }} Quantiles */

/**
 * One report of `/ws/stats`.
 * @typedef {object} SystemStats
 * @property {string} at ISO 8601 UTC
 * @property {number} sessions
 * @property {number} speakers
 * @property {number} utterances
 * @property {number} silent
 * @property {number} failed
 * @property {number} dropped
 * @property {Record<Mood, { count: number, share: number }>} sentiment
 * @property {Record<string, number>} queues tasks waiting
 * @property {Record<string, number>} workers processes alive, by stage
 * @property {Record<string, Quantiles>} latency_ms `total` and a part per stage
 * @property {number | null} real_time_factor
 */

/**
 * One day of `/stats/history`.
 * @typedef {object} DayStats
 * @property {string} day as in 2026-01-31, UTC
 * @property {number} sessions
 * @property {number} utterances
 * @property {number} words
 * @property {number} speech_seconds
 * @property {Record<Mood, { count: number, share: number }>} sentiment
 */

/**
 * @typedef {object} Monitor
 * @property {"connecting" | "live" | "lost"} link
 * @property {readonly SystemStats[]} history the newest last
 * @property {readonly DayStats[]} days today last
 */

/** Five minutes of a report a second. */
export const KEPT = 300;

/** @type {Monitor} */
export const INITIAL = { link: "connecting", history: [], days: [] };

/**
 * @typedef {{ type: "report", stats: SystemStats } | { type: "days", days: DayStats[] } | { type: "lost" }} MonitorAction
 */

/** @param {Monitor} monitor @param {MonitorAction} action @returns {Monitor} */
export function reduceMonitor(monitor, action) {
  if (action.type === "lost") return { ...monitor, link: "lost" };
  if (action.type === "days") return { ...monitor, days: action.days };
  // Without a listener the last report is told again and again.
  const known = monitor.history.at(-1)?.at === action.stats.at;
  const history = known ? monitor.history : [...monitor.history, action.stats].slice(-KEPT);
  return { ...monitor, link: "live", history };
}

/**
 * One number over time.
 * @param {readonly SystemStats[]} history
 * @param {(stats: SystemStats) => number | null | undefined} of
 * @returns {number[]}
 */
export function series(history, of) {
  return history.map((stats) => of(stats) ?? 0);
}
