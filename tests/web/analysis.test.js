import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf } from "../../web/export/transcript.js";
import { INITIAL, reduce } from "../../web/state/page.js";
import { statisticsOf } from "../../web/state/statistics.js";
import { started, transcription } from "./events.js";

const opened = [{ type: "page/phase", phase: "analysing" }, { type: "page/file_opened", name: "talk.mp3" }];

/** @param {any[]} actions @returns {import("../../web/state/page.js").Page} */
function after(...actions) {
  return actions.reduce(reduce, INITIAL);
}

/** @param {number} start @param {number} speaker @param {string} text */
function segment(start, speaker, text) {
  const words = text.split(" ").map((word, at) => ({ word, start: start + at, end: start + at + 1, confidence: 0.5, acoustic_features: {} }));
  return {
    start_time: start,
    end_time: start + words.length,
    speaker: { speaker_id: `SPEAKER_0${speaker}` },
    text,
    sentiment: { label: "positive", score: 0.9, scores: {} },
    words,
    acoustic_features: {},
  };
}

/** @param {any[]} segments */
function result(...segments) {
  return { type: "page/result", take: "job", result: { segments, language: "en" } };
}

test("a recording goes its way", () => {
  const state = { progress: 41.7, message: "듣는 중", message_en: "listening" };
  const steps = [{ type: "page/file_sent", share: 0.5 }, { type: "page/job", state }, result(segment(1, 0, "well"))];
  const pages = steps.map((_, at) => after(...opened, ...steps.slice(0, at + 1)));
  assert.deepEqual(pages.map(({ phase }) => phase), ["analysing", "analysing", "idle"]);
  assert.deepEqual(pages.map(({ analysis }) => analysis?.progress), [50, 41.7, undefined]);
  assert.deepEqual(pages.map(({ analysis }) => analysis?.sending), [true, false, undefined]);
  assert.equal(pages[2]?.finished, true);
});

test("what was said in it is said by nobody who spoke before, and after them", () => {
  const page = after(started(1), transcription(1), ...opened, result(segment(2, 0, "good morning"), segment(5, 1, "hello")));
  const lines = linesOf(page.conversation.items, ({ speaker }) => speaker ?? "");
  assert.deepEqual(
    lines.map(({ start, end, speaker, text }) => [start, end, speaker, text]),
    [
      [10, 14, "SPEAKER_00", "one two"],
      [16, 18, "SPEAKER_01", "good morning"],
      [19, 20, "SPEAKER_02", "hello"],
    ],
  );
  const { speakers, words, latency } = statisticsOf(page.conversation.items);
  assert.deepEqual(speakers.map(({ words: its }) => its), [2, 2, 1]);
  assert.equal(words, 5);
  assert.deepEqual(latency.recent, [100]); // a recording has none
});

test("what went wrong is told, and is gone with the next recording", () => {
  const page = after(...opened, { type: "page/phase", phase: "idle" }, { type: "page/file_failed", code: "TOO_LARGE", detail: "" });
  assert.deepEqual(page.notices.map(({ code }) => code), ["TOO_LARGE"]);
  assert.equal(page.analysis, null);
  assert.deepEqual(opened.reduce(/** @type {any} */ (reduce), page).notices, []);
  assert.deepEqual(after(...opened, result()).notices.map(({ code }) => code), ["NOTHING_SAID"]);
});
