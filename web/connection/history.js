/** The last minute of what was sent, addressed by sample: what a cut may make necessary again. */

import { SAMPLE_RATE } from "../audio/resampler.js";

export const KEEP_SAMPLES = 60 * SAMPLE_RATE;

/** 2 s: below the 64 KiB that a server takes in one frame. */
const FRAME_SAMPLES = 2 * SAMPLE_RATE;

export class AudioHistory {
  /** @param {number} [keepSamples] what is older is forgotten */
  constructor(keepSamples = KEEP_SAMPLES) {
    this.keepSamples = keepSamples;
    /** @type {Int16Array[]} */
    this.packets = [];
    /** The sample with which the first packet begins. */
    this.start = 0;
    /** Samples appended so far. */
    this.end = 0;
  }

  /** @param {Int16Array} pcm */
  append(pcm) {
    this.packets.push(pcm);
    this.end += pcm.length;
    while (this.end - this.start > this.keepSamples) {
      this.start += this.packets.shift()?.length ?? 0;
    }
  }

  /**
   * Everything from a sample on, in frames that a server takes. What is no longer kept is
   * replaced by silence: the clock of the transcription counts samples.
   * @param {number} sample
   * @returns {{ frames: Int16Array[], lostSamples: number }}
   */
  from(sample) {
    const from = Math.min(sample, this.end);
    const all = new Int16Array(this.end - from);
    let at = this.start;
    for (const packet of this.packets) {
      const skip = Math.max(0, from - at);
      if (skip < packet.length) all.set(packet.subarray(skip), at + skip - from);
      at += packet.length;
    }
    const frames = [];
    for (let cut = 0; cut < all.length; cut += FRAME_SAMPLES) {
      frames.push(all.slice(cut, cut + FRAME_SAMPLES));
    }
    return { frames, lostSamples: Math.max(0, this.start - from) };
  }
}
