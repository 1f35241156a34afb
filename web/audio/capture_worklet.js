/** The part that runs in the audio thread: microphone blocks in, packets of PCM out. */

import { Packetizer } from "./packets.js";
import { Resampler } from "./resampler.js";

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate);
    this.packets = new Packetizer((packet) => {
      this.port.postMessage(packet, [packet.pcm.buffer]);
    });
    this.running = true;
    this.port.onmessage = () => this.finish();
  }

  /**
   * @param {Float32Array[][]} inputs
   * @param {Float32Array[][]} outputs
   * @returns {boolean} whether more is wanted
   */
  process(inputs, outputs) {
    const length = outputs[0]?.[0]?.length ?? 128;
    // A track that delivers nothing counts as silence, so that the clock goes on.
    if (this.running) this.packets.push(this.resampler.process(mono(inputs[0] ?? [], length)));
    return this.running;
  }

  /** Give out the tail, and say that this was all. */
  finish() {
    if (!this.running) return;
    this.running = false;
    this.packets.push(this.resampler.flush());
    this.packets.flush();
    this.port.postMessage(null);
  }
}

/**
 * @param {Float32Array[]} channels
 * @param {number} length of the silence where there is no channel
 */
function mono(channels, length) {
  const [first] = channels;
  if (first === undefined) return new Float32Array(length);
  if (channels.length === 1) return first;
  return first.map((_, at) => {
    let sum = 0;
    for (const channel of channels) sum += /** @type {number} */ (channel[at]);
    return sum / channels.length;
  });
}

registerProcessor("capture", Capture);
