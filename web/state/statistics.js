/** Numbers of a conversation, made of its items alone, so that they follow every correction. */

/** @typedef {import("./conversation.js").Item} Item */
/** @typedef {import("./conversation.js").Segment} Segment */
/** @typedef {import("./events.js").Mood} Mood */

/** @typedef {Record<Mood, number>} Moods */

/**
 * @typedef {object} SpeakerNumbers
 * @property {number | null} id
 * @property {string | null} speaker
 * @property {number} segments
 * @property {number} words
 * @property {number} seconds of speech
 * @property {number} share of all speech, 0 to 1
 * @property {Moods} moods
 */

/**
 * A stretch of the conversation and how it felt.
 * @typedef {object} Stretch
 * @property {number} start seconds
 * @property {number} end
 * @property {number} balance -1 all negative, 1 all positive, weighed by score
 * @property {number} count segments in it
 */

/**
 * @typedef {object} Statistics
 * @property {readonly SpeakerNumbers[]} speakers by id; those without one last
 * @property {number} segments
 * @property {number} words
 * @property {number} seconds of speech
 * @property {Moods} moods
 * @property {{ positive: number, negative: number }} shares of what was not neutral, per cent
 * @property {readonly Stretch[]} timeline
 * @property {{ p50: number | null, p95: number | null, recent: readonly number[] }} latency milliseconds
 */

const STRETCHES = 48;
const RECENT = 60;
/** As many as the server looks back on. */
const LATENCIES = 200;

/** @param {readonly Item[]} items @returns {Statistics} */
export function statisticsOf(items) {
  const said = items.filter((item) => item.kind === "segment");
  const speakers = speakersOf(said);
  const moods = { positive: 0, negative: 0, neutral: 0 };
  for (const one of said) moods[one.mood] += 1;
  const latencies = said.flatMap((one) => one.latencyMs ?? []).slice(-LATENCIES);
  return {
    speakers,
    segments: said.length,
    words: sum(speakers, (one) => one.words),
    seconds: sum(speakers, (one) => one.seconds),
    moods,
    shares: sharesOf(moods),
    timeline: timelineOf(said),
    latency: {
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      recent: latencies.slice(-RECENT),
    },
  };
}

/**
 * Of what was not neutral, in whole per cent that add up to 100.
 * @param {Moods} moods
 */
export function sharesOf({ positive, negative }) {
  const felt = positive + negative;
  const share = felt ? Math.round((100 * positive) / felt) : 0;
  return { positive: share, negative: felt ? 100 - share : 0 };
}

/**
 * By the nearest-rank method; null of nothing.
 * @param {readonly number[]} values
 * @param {number} share 0 to 1
 */
export function quantile(values, share) {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.ceil(ordered.length * share) - 1] ?? null;
}

/** @param {readonly Segment[]} said @returns {SpeakerNumbers[]} */
function speakersOf(said) {
  /** @type {Map<number | null, SpeakerNumbers>} */
  const found = new Map();
  for (const { speakerId, speaker, words, start, end, mood } of said) {
    const old = found.get(speakerId);
    const moods = old?.moods ?? { positive: 0, negative: 0, neutral: 0 };
    moods[mood] += 1;
    found.set(speakerId, {
      id: speakerId,
      speaker,
      segments: (old?.segments ?? 0) + 1,
      words: (old?.words ?? 0) + words.length,
      seconds: (old?.seconds ?? 0) + end - start,
      share: 0,
      moods,
    });
  }
  const all = [...found.values()].sort((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity));
  const total = sum(all, (one) => one.seconds);
  return all.map((one) => ({ ...one, share: total ? one.seconds / total : 0 }));
}

/** The conversation in stretches of equal length. @param {readonly Segment[]} said @returns {Stretch[]} */
function timelineOf(said) {
  const end = said.reduce((latest, one) => Math.max(latest, one.offset + one.end), 0);
  if (end === 0) return [];
  const count = Math.min(STRETCHES, Math.max(1, said.length));
  const length = end / count;
  const sums = Array.from({ length: count }, () => ({ balance: 0, count: 0 }));
  for (const { offset, start, end: until, mood, score } of said) {
    const middle = offset + (start + until) / 2;
    const place = sums[Math.min(count - 1, Math.floor(middle / length))];
    if (!place) continue;
    place.count += 1;
    place.balance += mood === "neutral" ? 0 : mood === "positive" ? score : -score;
  }
  return sums.map(({ balance, count: of }, at) => ({
    start: at * length,
    end: (at + 1) * length,
    balance: of ? balance / of : 0,
    count: of,
  }));
}

/**
 * @template T
 * @param {readonly T[]} values
 * @param {(value: T) => number} of
 */
function sum(values, of) {
  return values.reduce((total, value) => total + of(value), 0);
}
