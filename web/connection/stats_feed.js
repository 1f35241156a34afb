/** `/ws/stats`, for as long as the page is open. */

import { Backoff } from "./backoff.js";

/** Reports come every second; after this many milliseconds without one, the connection is dead. */
const PATIENCE_MS = 10_000;

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
