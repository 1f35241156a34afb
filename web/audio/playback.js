/** Plays a stretch of the recording, one at a time. */

import { SAMPLE_RATE } from "./resampler.js";

export class Playback {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AudioBufferSourceNode | null} */
    this.playing = null;
    this.file = new Audio();
  }

  /** @param {Float32Array<ArrayBuffer>} samples at 16 kHz */
  play(samples) {
    this.context ??= new AudioContext();
    this.stop();
    const buffer = this.context.createBuffer(1, samples.length, SAMPLE_RATE);
    buffer.copyToChannel(samples, 0);
    this.playing = this.context.createBufferSource();
    this.playing.buffer = buffer;
    this.playing.connect(this.context.destination);
    void this.context.resume();
    this.playing.start();
  }

  /**
   * A stretch of a file, in any format that this browser plays.
   * @param {File} file
   * @param {number} start seconds
   * @param {number} end
   */
  async playFile(file, start, end) {
    this.stop();
    // A file of its own for each stretch: what was asked for last is what is heard.
    const audio = (this.file = new Audio(URL.createObjectURL(file)));
    audio.addEventListener("timeupdate", () => audio.currentTime >= end && audio.pause());
    audio.addEventListener("pause", () => URL.revokeObjectURL(audio.src));
    audio.currentTime = Math.max(0, start);
    await audio.play();
  }

  stop() {
    this.playing?.stop();
    this.file.pause();
  }
}
