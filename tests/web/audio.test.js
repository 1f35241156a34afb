import assert from "node:assert/strict";
import { test } from "node:test";

import { MuteWatch } from "../../web/audio/mute_watch.js";
import { meter, PACKET_SAMPLES, Packetizer, toPcm16 } from "../../web/audio/packets.js";
import { Recording } from "../../web/audio/recording.js";
import { wordAtOffset } from "../../web/view/word_at.js";

test("what is too loud is clipped and never wraps around", () => {
  const pcm = toPcm16(Float32Array.of(-7, -1, -0.5, 0, 0.5, 1, 7));
  assert.deepEqual([...pcm], [-32_768, -32_768, -16_384, 0, 16_384, 32_767, 32_767]);
});

test("packets are all of one size, and the rest comes with the flush", () => {
  /** @type {number[]} */
  const sizes = [];
  /** @type {number[]} */
  const samples = [];
  const packets = new Packetizer(({ pcm }) => {
    sizes.push(pcm.length);
    samples.push(...pcm);
  });
  const input = Float32Array.from({ length: 2 * PACKET_SAMPLES + 5 }, (_, at) => at / 32_768);
  for (let at = 0; at < input.length; at += 43) packets.push(input.subarray(at, at + 43));
  packets.flush();
  packets.flush();
  assert.deepEqual(sizes, [PACKET_SAMPLES, PACKET_SAMPLES, 5]);
  assert.deepEqual(samples, [...input.keys()]);
});

test("the meter covers 60 decibels", () => {
  assert.deepEqual([0, 0.001, 1, 2].map((level) => Math.round(100 * meter(level))), [0, 0, 100, 100]);
  assert.ok(Math.abs(meter(0.0316) - 0.5) < 0.01);
});

test("a microphone that stays dead is noticed; a pause is not", () => {
  const watch = new MuteWatch();
  const hear = (/** @type {number} */ peak, /** @type {number} */ seconds) => {
    let muted = false;
    for (let at = 0; at < seconds * 25; at += 1) muted = watch.hear(peak, 0.04);
    return muted;
  };
  assert.equal(hear(0, 5), false);
  assert.equal(hear(0.2, 0.04), false);
  assert.equal(hear(0, 7), true);
  assert.equal(hear(0.01, 0.04), false);
  watch.setTrackMuted(true);
  assert.equal(hear(0.2, 0.04), true);
});

test("a stretch can be heard again while it is kept", () => {
  const recording = new Recording(3 * 16_000);
  recording.begin();
  recording.append(new Int16Array(16_000).fill(8192));
  recording.skip(16_000);
  recording.append(new Int16Array(16_000).fill(-8192));
  recording.name("a");
  const heard = recording.between("a", 0.5, 2.5);
  assert.deepEqual([heard?.length, heard?.[0], heard?.[16_000], heard?.at(-1)], [32_000, 0.25, 0, -0.25]);
  assert.equal(recording.between("b", 0, 1), null);
  recording.append(new Int16Array(32_000));
  assert.equal(recording.between("a", 0, 1), null);
  recording.clear();
  assert.equal(recording.between("a", 2, 3), null);
});

test("a place in a text is a word", () => {
  const text = "an apple, an end";
  const words = ["an", "apple,", "an", "end"].map((word) => ({ word, start: 0, end: 0, confidence: 1 }));
  const found = [0, 3, 8, 10, 14].map((offset) => wordAtOffset({ text, words }, offset));
  assert.deepEqual(found, [0, 1, 1, 2, 3]);
  assert.equal(wordAtOffset({ text, words: [] }, 3), null);
});
