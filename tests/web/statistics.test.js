import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, reduceConversation } from "../../web/state/conversation.js";
import { quantile, sharesOf, statisticsOf } from "../../web/state/statistics.js";
import { mood, transcription } from "./events.js";

const { items } = [
  transcription(1, mood("positive", 0.9)),
  transcription(2, { ...mood("positive", 0.7), speaker_id: 1, speaker: "Juno" }),
  transcription(3, { ...mood("negative", 1), speaker_id: 1, speaker: "Juno" }),
  transcription(4, { speaker_id: null, speaker: null }),
].reduce(reduceConversation, EMPTY);

test("who talks how much", () => {
  const { speakers, segments, words, seconds } = statisticsOf(items);
  assert.deepEqual(speakers.map(({ id }) => id), [0, 1, null]);
  assert.deepEqual(speakers.map(({ share }) => share), [0.25, 0.5, 0.25]);
  assert.deepEqual([segments, words, seconds], [4, 8, 16]);
});

test("how it felt: the shares are of what was not neutral", () => {
  const { moods, shares } = statisticsOf(items);
  assert.deepEqual(moods, { positive: 2, negative: 1, neutral: 1 });
  assert.deepEqual(shares, { positive: 67, negative: 33 });
  assert.deepEqual(sharesOf({ positive: 0, negative: 0, neutral: 5 }), { positive: 0, negative: 0 });
});

test("the timeline goes up and down with the mood", () => {
  const { timeline } = statisticsOf(items);
  assert.equal(timeline.reduce((sum, { count }) => sum + count, 0), 4);
  const felt = timeline.filter(({ count }) => count > 0).map(({ balance }) => Math.sign(balance));
  assert.deepEqual(felt, [1, -1, 0]);
});

test("quantiles by nearest rank", () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 3, 2], 0.95), 4);
});

test("nothing said, nothing counted", () => {
  const { segments, speakers, timeline, latency } = statisticsOf([]);
  assert.deepEqual([segments, speakers, timeline, latency.p50], [0, [], [], null]);
});
