/** One write to the DOM per frame, however much happens in it. */

/** What the page adds to an event's arrival, as a performance measure. */
export const MEASURE = "sori:frame";
const MAX_MEASURES = 2000;

export class Frames {
  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
    /** When the first change came that is not drawn yet. @type {number | null} */
    this.since = null;
    this.measured = 0;
  }

  /** Something changed. */
  request() {
    if (this.since !== null) return;
    this.since = performance.now();
    // Frames stop in the background; what is drawn then is late for nobody.
    requestAnimationFrame(() => this.run());
  }

  run() {
    const start = this.since ?? performance.now();
    this.since = null;
    this.draw();
    this.measured += 1;
    if (this.measured % MAX_MEASURES === 0) performance.clearMeasures(MEASURE);
    performance.measure(MEASURE, { start, end: performance.now() });
  }
}
