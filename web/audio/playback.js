/** Plays a stretch of the recording, one at a time. */

import { SAMPLE_RATE } from "./resampler.js";

export class Playback {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AudioBufferSourceNode | null} */
    this.playing = null;
  }

  /** @param {Float32Array<ArrayBuffer>} samples at 16 kHz */
  play(samples) {
    this.context ??= new AudioContext();
    this.playing?.stop();
    const buffer = this.context.createBuffer(1, samples.length, SAMPLE_RATE);
    buffer.copyToChannel(samples, 0);
    this.playing = this.context.createBufferSource();
    this.playing.buffer = buffer;
    this.playing.connect(this.context.destination);
    void this.context.resume();
    this.playing.start();
  }
}
