/** Makes sense of what a server sends: each durable event once, in order, without a gap. */

/** @typedef {import("../state/events.js").ServerEvent} ServerEvent */

export class GapError extends Error {}

export class Reception {
  constructor() {
    /** Every durable event up to this number has been taken. */
    this.last = 0;
  }

  /**
   * The event in a frame; null for one that was taken before. Throws GapError where one is
   * missing (resuming brings it), SyntaxError for a frame that is no JSON.
   * @param {string} frame
   * @returns {ServerEvent | null}
   */
  take(frame) {
    /** @type {ServerEvent} */
    const event = JSON.parse(frame);
    const id = event.event_id;
    if (typeof id !== "number") return event;
    if (id <= this.last) return null;
    if (id !== this.last + 1) throw new GapError(`event ${id} came where ${this.last + 1} was due`);
    this.last = id;
    return event;
  }
}
