/**
 * What the capture worklet makes of a microphone: float32 samples on standard input, at the rate
 * that is the argument, to PCM on standard output. In blocks of 128, as browsers deliver them.
 */

import { readFileSync, writeFileSync } from "node:fs";

import { Packetizer } from "../../web/audio/packets.js";
import { Resampler } from "../../web/audio/resampler.js";

const BLOCK = 128;

const bytes = readFileSync(0);
const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const resampler = new Resampler(Number(process.argv[2]));
/** @type {Uint8Array[]} */
const sent = [];
const packets = new Packetizer(({ pcm }) => sent.push(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)));
for (let at = 0; at < samples.length; at += BLOCK) {
  packets.push(resampler.process(samples.subarray(at, at + BLOCK)));
}
packets.push(resampler.flush());
packets.flush();
writeFileSync(1, Buffer.concat(sent));
