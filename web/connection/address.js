/** Where the server is: where the page came from. */

/**
 * @typedef {object} Resuming
 * @property {string} sessionId
 * @property {string} resumeToken
 * @property {number} lastEventId
 */

/**
 * The address of the live WebSocket.
 * @param {string} base the page's own address
 * @param {Resuming | null} resuming
 * @param {string | null} token where the server has API keys
 */
export function liveAddress(base, resuming, token) {
  const url = new URL("ws", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  if (resuming) {
    url.searchParams.set("session_id", resuming.sessionId);
    url.searchParams.set("resume_token", resuming.resumeToken);
    url.searchParams.set("last_event_id", String(resuming.lastEventId));
  }
  if (token) url.searchParams.set("token", token);
  return url.href;
}

/**
 * A token for a key: WebSockets of browsers can't send headers.
 * @param {string} base
 * @param {string} key
 * @returns {Promise<string | null>} null where the key is wrong; throws TypeError offline
 */
export async function buyToken(base, key) {
  const answer = await fetch(new URL("tokens", base), {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
  });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new TypeError(`/tokens: ${answer.status}`);
  return (await answer.json()).token;
}
