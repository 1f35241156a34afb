/** What was said, kept in the page so that a word can be heard again. Bounded; opt-in. */

import { SAMPLE_RATE } from "./resampler.js";

/** An hour of speech: 115 MB. */
const KEEP_SAMPLES = 3600 * SAMPLE_RATE;

/** @typedef {{ name: string }} Take */

export class Recording {
  /** @param {number} [keepSamples] what is older is forgotten */
  constructor(keepSamples = KEEP_SAMPLES) {
    this.keepSamples = keepSamples;
    /** @type {{ take: Take, start: number, pcm: Int16Array }[]} */
    this.pieces = [];
    this.kept = 0;
    /** @type {Take} */
    this.take = { name: "" };
    this.position = 0;
    /** Files that takes came from. @type {Map<string, File>} */
    this.files = new Map();
  }

  /** A take came from a file. @param {string} take @param {File} file */
  keepFile(take, file) {
    this.files.set(take, file);
  }

  /** The audio that follows belongs to another transcription, whose clock begins at 0. */
  begin() {
    this.take = { name: "" };
    this.position = 0;
  }

  /** What the transcription in progress is called, once the server has said so. @param {string} take */
  name(take) {
    this.take.name = take;
  }

  /** @param {Int16Array} pcm */
  append(pcm) {
    this.pieces.push({ take: this.take, start: this.position, pcm });
    this.position += pcm.length;
    this.kept += pcm.length;
    while (this.kept > this.keepSamples) this.kept -= this.pieces.shift()?.pcm.length ?? this.kept;
  }

  /** Count audio that is not kept. @param {number} samples */
  skip(samples) {
    this.position += samples;
  }

  clear() {
    this.pieces = [];
    this.kept = 0;
    this.files.clear();
  }

  /**
   * A stretch as samples from -1 to 1; null where it is not kept.
   * @param {string} take
   * @param {number} start seconds
   * @param {number} end seconds
   * @returns {Float32Array<ArrayBuffer> | null}
   */
  between(take, start, end) {
    const first = Math.max(0, Math.round(start * SAMPLE_RATE));
    const samples = new Float32Array(Math.max(0, Math.round(end * SAMPLE_RATE) - first));
    let found = 0;
    for (const piece of this.pieces) {
      const from = Math.max(first, piece.start);
      const to = Math.min(first + samples.length, piece.start + piece.pcm.length);
      if (piece.take.name !== take || from >= to) continue;
      for (let at = from; at < to; at += 1) {
        samples[at - first] = /** @type {number} */ (piece.pcm[at - piece.start]) / 32_768;
      }
      found += to - from;
    }
    return found > 0 ? samples : null;
  }
}
