/**
 * Any sample rate to 16 kHz: a low-pass and a change of rate in one, block by block.
 *
 * A polyphase FIR filter: a Kaiser-windowed sinc whose stop band begins at the Nyquist frequency
 * of the lower rate, so that nothing can alias. The place of the next output sample is kept as
 * an integer fraction of the input, which makes the result the same however the input is cut into
 * blocks, and exact after any number of hours.
 *
 * Kaiser & Schafer, "On the use of the I0-sinh window for spectrum analysis", 1980.
 */

export const SAMPLE_RATE = 16_000;

const STOP_BAND_DB = 80;
/** Width of the slope, as a share of the lower Nyquist frequency: 7 to 8 kHz. */
const TRANSITION = 0.125;

export class Resampler {
  /**
   * @param {number} inputRate samples per second of what comes in
   * @param {number} [outputRate] samples per second of what goes out
   */
  constructor(inputRate, outputRate = SAMPLE_RATE) {
    const divisor = greatestCommonDivisor(Math.round(inputRate), outputRate);
    /** Output samples come at multiples of `step / phases` input samples. */
    this.phases = outputRate / divisor;
    this.step = Math.round(inputRate) / divisor;
    this.passesThrough = this.phases === 1 && this.step === 1;
    const lowerNyquist = Math.min(inputRate, outputRate) / 2;
    this.filters = this.passesThrough ? [] : polyphase(inputRate, lowerNyquist, this.phases);
    const taps = this.filters[0]?.length ?? 0;
    this.half = taps / 2;
    // The first output lies on the first input sample: half a filter of silence comes before.
    this.waiting = new Float32Array(Math.max(0, this.half - 1));
    /** Where the next output sample lies in `waiting`, in units of 1 / phases of a sample. */
    this.position = 0;
  }

  /**
   * Take in a block; returns the output samples that it completes.
   * @param {Float32Array} block
   * @returns {Float32Array}
   */
  process(block) {
    if (this.passesThrough) return block.slice();
    const input = joined(this.waiting, block);
    const taps = 2 * this.half;
    const end = (input.length - taps) * this.phases;
    const count = end < this.position ? 0 : Math.floor((end - this.position) / this.step) + 1;
    const output = new Float32Array(count);
    for (let index = 0; index < count; index += 1) {
      const first = Math.floor(this.position / this.phases);
      const filter = /** @type {Float32Array} */ (this.filters[this.position % this.phases]);
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) {
        sum += /** @type {number} */ (input[first + tap]) * /** @type {number} */ (filter[tap]);
      }
      output[index] = sum;
      this.position += this.step;
    }
    const done = Math.min(Math.floor(this.position / this.phases), input.length);
    this.waiting = input.slice(done);
    this.position -= done * this.phases;
    return output;
  }

  /**
   * The end of the sound: what the filter still holds.
   * @returns {Float32Array}
   */
  flush() {
    return this.process(new Float32Array(this.half));
  }
}

/**
 * A filter for each position between two input samples; each passes a constant unchanged.
 * @param {number} rate
 * @param {number} nyquist of the lower rate: nothing from here on may pass
 * @param {number} phases
 * @returns {Float32Array[]}
 */
function polyphase(rate, nyquist, phases) {
  const width = (TRANSITION * nyquist) / rate;
  const half = Math.ceil((STOP_BAND_DB - 7.95) / (2.285 * 2 * Math.PI * width) / 2);
  const cutoff = (nyquist * (1 - TRANSITION / 2)) / rate;
  const beta = 0.1102 * (STOP_BAND_DB - 8.7);
  return Array.from({ length: phases }, (_, phase) => {
    const filter = new Float64Array(2 * half);
    for (let tap = 0; tap < filter.length; tap += 1) {
      const distance = tap - (half - 1) - phase / phases;
      filter[tap] = sinc(2 * cutoff * distance) * kaiser(distance / half, beta);
    }
    const sum = filter.reduce((total, value) => total + value, 0);
    return Float32Array.from(filter, (value) => value / sum);
  });
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/**
 * @param {number} x -1 to 1; 0 outside
 * @param {number} beta
 */
function kaiser(x, beta) {
  return Math.abs(x) > 1 ? 0 : bessel(beta * Math.sqrt(1 - x * x)) / bessel(beta);
}

/**
 * The modified Bessel function of the first kind, order 0, by its power series.
 * @param {number} x
 */
function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {Float32Array} first
 * @param {Float32Array} second
 */
function joined(first, second) {
  const all = new Float32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
