import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler, SAMPLE_RATE } from "../../web/audio/resampler.js";

/** @param {number} rate @param {number} hertz @param {number} seconds */
function tone(rate, hertz, seconds) {
  return Float32Array.from({ length: rate * seconds }, (_, at) =>
    Math.sin((2 * Math.PI * hertz * at) / rate),
  );
}

/** @param {Resampler} resampler @param {Float32Array} samples @param {number} size */
function inBlocks(resampler, samples, size) {
  const output = [];
  for (let at = 0; at < samples.length; at += size) {
    output.push(...resampler.process(samples.subarray(at, at + size)));
  }
  return [...output, ...resampler.flush()];
}

/** Decibels relative to a full tone, the edges left out. @param {number[]} samples */
function decibels(samples) {
  const middle = samples.slice(800, -800);
  const energy = middle.reduce((sum, value) => sum + value * value, 0) / middle.length;
  return 10 * Math.log10(2 * energy + 1e-30);
}

for (const rate of [44_100, 48_000, 96_000]) {
  for (const hertz of [8050, 8500, 9000, 12_000, 15_000, 16_000, 20_000]) {
    test(`${hertz} Hz at ${rate} Hz would alias, and is 60 dB down`, () => {
      assert.ok(decibels(inBlocks(new Resampler(rate), tone(rate, hertz, 1), 128)) < -60);
    });
  }
}

for (const rate of [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]) {
  test(`speech passes unchanged, and on time, from ${rate} Hz`, () => {
    const nyquist = Math.min(rate, SAMPLE_RATE) / 2;
    for (const hertz of [50, 300, 1000, 0.85 * nyquist]) {
      const output = inBlocks(new Resampler(rate), tone(rate, hertz, 1), 128);
      const wanted = tone(SAMPLE_RATE, hertz, 1);
      for (let at = 800; at < SAMPLE_RATE - 800; at += 1) {
        const difference = Math.abs((output[at] ?? NaN) - (wanted[at] ?? NaN));
        assert.ok(difference < 0.002, `${hertz} Hz, sample ${at}: off by ${difference}`);
      }
    }
  });

  test(`how ${rate} Hz is cut into blocks changes nothing`, () => {
    const samples = tone(rate, 440, 0.5);
    const whole = inBlocks(new Resampler(rate), samples, samples.length);
    for (const size of [1, 7, 128, 1000]) {
      assert.deepEqual(inBlocks(new Resampler(rate), samples, size), whole);
    }
  });
}

for (const rate of [44_100, 48_000]) {
  test(`an hour of blocks at ${rate} Hz is an hour, to the sample`, () => {
    const resampler = new Resampler(rate);
    // What costs is the filter, and it is not what is counted here.
    resampler.filters = resampler.filters.map(() => new Float32Array(2));
    resampler.half = 1;
    resampler.waiting = new Float32Array(0);
    const block = new Float32Array(44_099);
    let samples = 0;
    for (let at = 0; at < 3600 * rate; at += block.length) {
      samples += resampler.process(block.subarray(0, 3600 * rate - at)).length;
    }
    samples += resampler.flush().length;
    assert.equal(samples, 3600 * SAMPLE_RATE);
  });
}
