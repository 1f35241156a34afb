import assert from "node:assert/strict";
import { test } from "node:test";

import { FORMATS } from "../../web/export/formats.js";
import { linesOf } from "../../web/export/transcript.js";
import { speakerName, translator } from "../../web/i18n/translate.js";
import { EMPTY, reduceConversation } from "../../web/state/conversation.js";
import { started, transcription } from "./events.js";

const { items } = [
  started(1),
  transcription(1, { text: "a < b --> & c", speaker: "Mina" }),
  transcription(361, { text: "둘\n셋", speaker_id: 1, speaker: "SPEAKER_01" }),
  started(2),
  transcription(0, { segment_id: "9.1", speaker: "Mina" }),
].reduce(reduceConversation, EMPTY);
const lines = linesOf(items, ({ speakerId, speaker }) => speakerName(translator("en"), speakerId, speaker));

test("TXT", () => {
  assert.equal(
    FORMATS.txt.write(lines),
    "[00:00:10] Mina: a < b --> & c\n[01:00:10] Speaker 2: 둘 셋\n[01:00:14] Mina: one two\n",
  );
});

test("SRT", () => {
  assert.equal(
    FORMATS.srt.write(lines.slice(0, 2)),
    "1\n00:00:10,000 --> 00:00:14,000\nMina: a < b --> & c\n\n2\n01:00:10,000 --> 01:00:14,000\nSpeaker 2: 둘 셋\n",
  );
});

test("VTT", () => {
  assert.equal(
    FORMATS.vtt.write(lines.slice(0, 1)),
    "WEBVTT\n\n00:00:10.000 --> 00:00:14.000\n<v Mina>a &lt; b --&gt; &amp; c\n",
  );
});

test("JSON", () => {
  const { segments } = JSON.parse(FORMATS.json.write(lines));
  assert.deepEqual(segments.map((/** @type {any} */ one) => one.text), ["a < b --> & c", "둘\n셋", "one two"]);
  assert.equal(segments[2].start, 3614);
  assert.equal(segments[2].words[0].start, 3614);
  assert.deepEqual(segments[0].sentiment, { label: "neutral", score: 0.8 });
});
