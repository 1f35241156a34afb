/** Samples to packets of 16-bit PCM, and how loud each one is. */

import { SAMPLE_RATE } from "./resampler.js";

/** 40 ms: short enough not to be felt, long enough to be few. */
export const PACKET_SAMPLES = SAMPLE_RATE / 25;

/**
 * @typedef {object} Packet
 * @property {Int16Array} pcm mono, 16 kHz
 * @property {number} peak of the loudest sample, 0 to 1
 * @property {number} level root mean square, 0 to 1
 */

export class Packetizer {
  /** @param {(packet: Packet) => void} deliver */
  constructor(deliver) {
    this.deliver = deliver;
    this.samples = new Float32Array(PACKET_SAMPLES);
    this.filled = 0;
  }

  /** @param {Float32Array} block */
  push(block) {
    for (let at = 0; at < block.length; ) {
      const count = Math.min(block.length - at, PACKET_SAMPLES - this.filled);
      this.samples.set(block.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled === PACKET_SAMPLES) this.flush();
    }
  }

  /** Deliver what there is, a short packet too. */
  flush() {
    if (this.filled === 0) return;
    const samples = this.samples.subarray(0, this.filled);
    this.deliver({ pcm: toPcm16(samples), ...loudness(samples) });
    this.filled = 0;
  }
}

/**
 * What is too loud is clipped; it never wraps around.
 * @param {Float32Array} samples -1 to 1
 */
export function toPcm16(samples) {
  return Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  );
}

/** @param {Float32Array} samples */
export function loudness(samples) {
  let peak = 0;
  let energy = 0;
  for (const sample of samples) {
    peak = Math.max(peak, Math.abs(sample));
    energy += sample * sample;
  }
  return { peak, level: samples.length ? Math.sqrt(energy / samples.length) : 0 };
}

/**
 * Where a level stands on a meter: 0 at -60 dBFS and below, 1 at 0 dBFS.
 * @param {number} level root mean square, 0 to 1
 */
export function meter(level) {
  return Math.max(0, Math.min(1, 1 + (20 * Math.log10(Math.max(level, 1e-6))) / 60));
}
