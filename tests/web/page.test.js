import assert from "node:assert/strict";
import { test } from "node:test";

import { translator } from "../../web/i18n/translate.js";
import { bannersOf } from "../../web/state/banners.js";
import { INITIAL, reduce } from "../../web/state/page.js";
import { started, transcription } from "./events.js";

const t = translator("en");

/** @param {any[]} actions */
function after(...actions) {
  return actions.reduce(reduce, INITIAL);
}

/** @param {any[]} actions */
function banners(...actions) {
  return bannersOf(after(...actions), t, "chrome").map(({ id }) => id);
}

const open = { type: "page/link", link: { state: "open" } };
const ready = { type: "model_loaded", message: "" };
const lost = { type: "page/link", link: { state: "lost", attempt: 1, retryAt: 0, busy: false } };

test("a model that loads is told until it is there", () => {
  assert.deepEqual(banners(open), ["model"]);
  assert.deepEqual(banners(open, ready), []);
});

test("the embedded recogniser says that it stands in", () => {
  const engines = { stt: { name: "pocketsphinx", model: "en-us", device: "cpu" }, diarization: null, sentiment: null };
  assert.deepEqual(banners(open, { type: "session_started", engines }, ready), ["fallback"]);
});

test("a lost connection is told, not the first one in the making", () => {
  assert.deepEqual(banners(), []);
  assert.deepEqual(banners(lost), ["link"]);
  const trying = { type: "page/link", link: { state: "connecting", attempt: 1 } };
  assert.deepEqual(banners(lost, trying), ["link"]);
});

test("lateness is told until an answer comes", () => {
  const behind = { type: "warning", code: "BEHIND", message: "", retryable: true };
  assert.deepEqual(banners(open, ready, behind), ["notice-BEHIND"]);
  assert.deepEqual(banners(open, ready, behind, transcription(1)), []);
});

test("notices are few, each once, and can be closed", () => {
  const notices = Array.from({ length: 9 }, (_, at) => ({ type: "error", code: `E${at}`, message: "", retryable: false }));
  const page = after(...notices, notices[8]);
  assert.deepEqual(page.notices.map(({ code }) => code), ["E5", "E6", "E7", "E8"]);
  assert.equal(reduce(page, { type: "page/notice_closed", code: "E6" }).notices.length, 3);
});

test("an enrolment goes its way", () => {
  const stages = [
    { type: "page/enrolment_opening", id: 1 },
    { type: "speaker_registration_started", speaker_id: 1, message: "" },
    { type: "speaker_registration_progress", speaker_id: 1, speech_seconds: 1, needed_seconds: 3 },
    { type: "page/enrolment_computing", id: 1 },
    { type: "speaker_registration_completed", speaker_id: 1, message: "", speech_seconds: 3, quality: 0.8 },
  ];
  const seen = stages.map((_, at) => after(...stages.slice(0, at + 1)).cards[1]?.stage);
  assert.deepEqual(seen, ["opening", "listening", "listening", "computing", "done"]);
  const failed = after(...stages.slice(0, 4), { type: "warning", code: "WORKER_LOST", message: "", retryable: false });
  assert.equal(failed.cards[1]?.stage, "failed");
  assert.equal(after(...stages, { type: "page/session_lost" }).cards[1]?.stage, "empty");
});

test("places of speakers come and go at the end", () => {
  const three = after({ type: "page/card_added" });
  assert.deepEqual(three.cards.map(({ id }) => id), [0, 1, 2]);
  assert.equal(reduce(three, { type: "page/card_removed" }).cards.length, 2);
});

test("the summary comes with the end, not with an empty one", () => {
  const stopped = { type: "transcription_stopped", stats: {}, reason: "stopped" };
  assert.equal(after(started(1), stopped).finished, false);
  assert.equal(after(started(1), transcription(1), stopped).finished, true);
  assert.equal(after(started(1), transcription(1), stopped, started(2)).finished, false);
});
