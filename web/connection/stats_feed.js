/** `/ws/stats` and `/stats/history`, for as long as the page is open. */

import { Backoff } from "./backoff.js";

/** Reports come every second; after this many milliseconds without one, the connection is dead. */
const PATIENCE_MS = 10_000;

/** Days change slowly. */
const DAYS_EVERY_MS = 60_000;

/**
 * @param {string} base the page's address
 * @param {(stats: import("../state/monitor.js").SystemStats) => void} onStats
 * @param {() => void} onLost
 */
export function followStats(base, onStats, onLost) {
  const url = new URL("ws/stats", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  const backoff = new Backoff();
  const connect = () => {
    const socket = new WebSocket(url);
    let patience = setTimeout(() => socket.close(), PATIENCE_MS);
    socket.onmessage = ({ data }) => {
      clearTimeout(patience);
      patience = setTimeout(() => socket.close(), PATIENCE_MS);
      backoff.reset();
      onStats(JSON.parse(data));
    };
    socket.onclose = () => {
      clearTimeout(patience);
      onLost();
      setTimeout(connect, backoff.next());
    };
  };
  connect();
}

/**
 * @param {string} base the page's address
 * @param {(days: import("../state/monitor.js").DayStats[]) => void} onDays
 */
export function followDays(base, onDays) {
  const ask = async () => {
    try {
      const answer = await fetch(new URL("stats/history", base));
      if (answer.ok) onDays(await answer.json());
    } catch {
      // The server is away: the feed of the present says so.
    }
    setTimeout(ask, DAYS_EVERY_MS);
  };
  ask();
}
