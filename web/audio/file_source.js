/** A recording dropped on the page, streamed as if it were spoken. */

import { PACKET_SAMPLES, Packetizer } from "./packets.js";
import { Resampler, SAMPLE_RATE } from "./resampler.js";

/** @typedef {import("./packets.js").Packet} Packet */
/** @typedef {import("./microphone.js").Source} Source */

/** Longer files do not fit into a tab's memory once decoded. */
export const MAX_FILE_BYTES = 200 * 1024 * 1024;

const DECODE_SAMPLES = 65_536;

/**
 * The packets of a file in any format that this browser plays; throws DOMException otherwise.
 * @param {ArrayBuffer} data
 * @returns {Promise<Packet[]>}
 */
export async function decodeFile(data) {
  // Decodes at a rate that every browser takes; the way down is the microphone's own.
  const decoder = new OfflineAudioContext(1, 1, 48_000);
  const audio = await decoder.decodeAudioData(data);
  const channels = Array.from({ length: audio.numberOfChannels }, (_, at) => audio.getChannelData(at));
  const resampler = new Resampler(audio.sampleRate);
  /** @type {Packet[]} */
  const packets = [];
  const packetizer = new Packetizer((packet) => packets.push(packet));
  for (let at = 0; at < audio.length; at += DECODE_SAMPLES) {
    const block = new Float32Array(Math.min(DECODE_SAMPLES, audio.length - at));
    for (const channel of channels) {
      for (let index = 0; index < block.length; index += 1) {
        block[index] = /** @type {number} */ (block[index]) + /** @type {number} */ (channel[at + index]) / channels.length;
      }
    }
    packetizer.push(resampler.process(block));
  }
  packetizer.push(resampler.flush());
  packetizer.flush();
  return packets;
}

/**
 * Deliver packets at the pace at which they were spoken, and say when they are through.
 * @param {Packet[]} packets
 * @param {(packet: Packet) => void} onPacket
 * @param {() => void} onEnd
 * @returns {Source}
 */
export function playPackets(packets, onPacket, onEnd) {
  const began = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    // Timers of a tab in the background are late; what is due is counted from the beginning.
    const due = ((performance.now() - began) / 1000) * (SAMPLE_RATE / PACKET_SAMPLES);
    for (; next < Math.min(due, packets.length); next += 1) {
      onPacket(/** @type {Packet} */ (packets[next]));
    }
    if (next >= packets.length) {
      clearInterval(timer);
      onEnd();
    }
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
