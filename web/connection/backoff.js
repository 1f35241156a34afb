/** When to try again after the connection was lost. */

const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** A server that is full is asked less often. */
const BUSY_MS = 3000;

export class Backoff {
  /** @param {() => number} [random] 0 to 1 */
  constructor(random = Math.random) {
    this.random = random;
    this.attempt = 0;
  }

  /** The connection was worth having: counting starts anew. */
  reset() {
    this.attempt = 0;
  }

  /**
   * Milliseconds to wait: doubling, between half of it and all of it, so that the clients of a
   * server that comes back do not all arrive at once.
   * @param {boolean} [busy]
   */
  next(busy = false) {
    const bound = Math.min(LONGEST_MS, (busy ? BUSY_MS : FIRST_MS) * 2 ** Math.min(this.attempt, 10));
    this.attempt += 1;
    return (bound / 2) * (1 + this.random());
  }
}
