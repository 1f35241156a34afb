import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, MAX_ITEMS, reduceConversation } from "../../web/state/conversation.js";
import { placeOf } from "../../web/state/grouping.js";
import { started, transcription } from "./events.js";

/** @param {any[]} events */
function after(...events) {
  return events.reduce(reduceConversation, EMPTY);
}

/** @param {number} utterance_id @param {string} text @param {number} stable_chars */
const partial = (utterance_id, text, stable_chars) => ({ type: "partial", utterance_id, text, stable_chars });

test("interim text is replaced until what was said is known", () => {
  const begun = after(started(1), { type: "speech_started", utterance_id: 1, time: 0 });
  assert.deepEqual(begun.interims, [{ utteranceId: 1, text: "", stable: 0, speaking: true }]);
  const heard = [partial(1, "one", 0), partial(1, "one tw", 3)].reduce(reduceConversation, begun);
  assert.equal(heard.interims.length, 1);
  assert.deepEqual([heard.interims[0]?.text, heard.interims[0]?.stable], ["one tw", 3]);
  const said = reduceConversation(heard, transcription(1));
  assert.deepEqual(said.interims, []);
  assert.equal(said.items.length, 1);
});

test("an utterance without words leaves nothing behind", () => {
  const silent = after(started(1), { type: "speech_started", utterance_id: 1, time: 0 }, { type: "speech_ended", utterance_id: 1, time: 1 });
  assert.deepEqual(silent.interims, []);
  const later = after(partial(1, "hm", 0), { type: "speech_ended", utterance_id: 1, time: 1 }, partial(2, "one", 0), transcription(2));
  assert.deepEqual(later.interims, []);
});

test("interim text of a later utterance stays", () => {
  const state = after(partial(1, "a", 0), partial(2, "b", 0), transcription(1));
  assert.deepEqual(state.interims.map((one) => one.utteranceId), [2]);
});

test("a better decision on who spoke changes those segments only", () => {
  const state = after(transcription(1), transcription(2), transcription(3));
  const better = reduceConversation(state, /** @type {any} */ ({
    type: "speaker_updated", session_id: "s", segment_ids: ["1.1", "3.1"], speaker_id: 1, speaker: "Juno",
  }));
  assert.deepEqual(better.items.map((item) => item.kind === "segment" && item.speaker), ["Juno", "SPEAKER_00", "Juno"]);
  assert.equal(better.items[1], state.items[1]);
});

test("what failed is said", () => {
  const state = after(started(1), partial(1, "a", 0), { type: "utterance_failed", session_id: "s", utterance_id: 1, start: 1, end: 2, code: "TIMEOUT", message: "" });
  assert.equal(state.items[0]?.kind, "failure");
  assert.deepEqual(state.interims, []);
});

test("each transcription's clock begins where the one before ended", () => {
  const state = after(started(1), transcription(1), transcription(2), started(9), transcription(3));
  assert.deepEqual(state.items.map(({ offset }) => offset), [0, 0, 24]);
  assert.notEqual(state.items[1]?.take, state.items[2]?.take);
});

test("of an endless conversation the newest is kept, and the rest is counted", () => {
  let state = after(...Array.from({ length: 3 }, (_, at) => transcription(at)));
  const [item] = state.items;
  assert.ok(item);
  state = { ...state, items: Array.from({ length: MAX_ITEMS }, () => item) };
  state = reduceConversation(state, transcription(5));
  assert.equal(state.items.length, MAX_ITEMS);
  assert.equal(state.forgotten, 1);
  assert.equal(state.items.at(-1)?.start, 50);
});

test("bubbles of one speaker stand together, until somebody else or a pause comes", () => {
  const { items } = after(
    transcription(1), transcription(2), transcription(3, { speaker_id: 1 }), transcription(20, { speaker_id: 1 }), transcription(21, { speaker_id: null }),
  );
  const places = items.map((item, at) => placeOf(items[at - 1], item, items[at + 1]));
  assert.deepEqual(places.map(({ side }) => side), ["left", "left", "right", "right", "left"]);
  assert.deepEqual(places.map(({ first }) => first), [true, false, true, true, true]);
  assert.deepEqual(places.map(({ last }) => last), [false, true, true, true, true]);
  assert.deepEqual(places.map(({ newDay }) => newDay), [true, false, false, false, false]);
  assert.equal(places[4]?.colour, -1);
});
