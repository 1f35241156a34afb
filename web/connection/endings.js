/** What a close code means for whoever wants to go on. */

/**
 * @typedef {"resume" | "busy" | "unauthorized" | "gone" | "idle" | "taken_over" | "ended" | "refused"} Ending
 * - resume: try again, the session waits
 * - busy: the server is full, try again later
 * - unauthorized: a key is needed
 * - gone: the session is lost, a new one can begin
 * - idle: nothing was sent for long; the session waits
 * - taken_over: the session goes on in another window
 * - ended: the session is over
 * - refused: this client did something the server can't take
 */

/**
 * @param {number} code
 * @param {string} reason
 * @param {boolean} ended whether `session_ended` came
 * @returns {Ending}
 */
export function ending(code, reason, ended) {
  switch (code) {
    case 1000:
      return ended ? "ended" : "resume";
    case 1003:
    case 1009:
      return "refused";
    case 1008:
      if (reason.startsWith("slow")) return "resume";
      return reason.includes("another connection") ? "taken_over" : "refused";
    case 1013:
      return "busy";
    case 4401:
      return "unauthorized";
    case 4404:
      return "gone";
    case 4408:
      return "idle";
    default:
      return "resume";
  }
}
