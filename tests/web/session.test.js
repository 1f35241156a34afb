import assert from "node:assert/strict";
import { test } from "node:test";

import { newSession, ramp } from "./server.js";

const START = /** @type {const} */ ({ type: "start_transcription" });

async function transcribing() {
  const stage = await newSession();
  stage.begin();
  stage.session.startTranscription(START);
  stage.last().tell({ type: "transcription_started", event_id: 2, parameters: {} });
  return stage;
}

test("a session begins where the page came from", async () => {
  const { last } = await newSession();
  assert.equal(last().url, "wss://sori.example/talk/ws");
});

test("nothing is said before the server has welcomed", async () => {
  const { session, last, begin } = await newSession();
  session.say({ type: "keepalive" });
  assert.deepEqual(last().sent, []);
  begin();
  session.say({ type: "keepalive" });
  assert.deepEqual(last().messages, ["keepalive"]);
});

test("what is spoken before the server agrees goes out once it does", async () => {
  const { session, last, begin } = await newSession();
  begin();
  session.startTranscription(START);
  session.sendAudio(ramp(0, 640));
  session.sendAudio(ramp(640, 640));
  assert.deepEqual(last().messages, ["start_transcription"]);
  assert.equal(last().samples.length, 0);
  last().tell({ type: "transcription_started", event_id: 2, parameters: {} });
  session.sendAudio(ramp(1280, 640));
  assert.deepEqual(last().samples, [...ramp(0, 1920)]);
});

test("audio that nobody asked for is not sent", async () => {
  const { session, last, begin } = await newSession();
  begin();
  session.sendAudio(ramp(0, 640));
  assert.deepEqual(last().sent, []);
});

test("after a cut the session goes on from the sample that is safe", async () => {
  const { session, last, sockets, pass, lost } = await transcribing();
  session.sendAudio(ramp(0, 1000));
  last().cut(1006);
  session.sendAudio(ramp(1000, 500));
  await pass();
  assert.equal(sockets.length, 2);
  assert.equal(
    last().url,
    "wss://sori.example/talk/ws?session_id=s&resume_token=secret&last_event_id=2",
  );
  session.sendAudio(ramp(1500, 500));
  assert.deepEqual(last().sent, []);
  last().tell({ type: "session_resumed", samples_received: 300, state: "transcribing" });
  session.sendAudio(ramp(2000, 100));
  assert.deepEqual(last().samples, [...ramp(300, 1800)]);
  assert.deepEqual(lost, []);
});

test("a stop that was lost is said again, after the audio", async () => {
  const { session, last, pass } = await transcribing();
  session.sendAudio(ramp(0, 640));
  last().cut(1006);
  session.stopTranscription();
  await pass();
  last().tell({ type: "session_resumed", samples_received: 0, state: "transcribing" });
  assert.equal(last().samples.length, 640);
  assert.deepEqual(last().messages, ["stop_transcription"]);
});

test("a stop that arrived is not said again", async () => {
  const { session, last, pass } = await transcribing();
  session.sendAudio(ramp(0, 640));
  session.stopTranscription();
  last().cut(1006);
  await pass();
  last().tell({ type: "session_resumed", samples_received: 640, state: "stopping" });
  assert.deepEqual(last().sent, []);
});

test("a start that was lost is said again; one that arrived is not", async () => {
  for (const [state, wanted] of [["idle", ["start_transcription"]], ["transcribing", []]]) {
    const { session, last, begin, pass } = await newSession();
    begin();
    session.startTranscription(START);
    last().cut(1006);
    await pass();
    last().tell({ type: "session_resumed", samples_received: 0, state });
    assert.deepEqual(last().messages, wanted);
  }
});

test("a registration that was cut begins anew, with what was spoken", async () => {
  const { session, last, begin, pass } = await newSession();
  begin();
  session.startRegistration(1, "Mina");
  last().tell({ type: "speaker_registration_started", event_id: 2, speaker_id: 1, message: "" });
  session.sendAudio(ramp(0, 640));
  last().cut(1011);
  session.sendAudio(ramp(640, 640));
  await pass();
  last().tell({ type: "session_resumed", samples_received: 0, state: "idle" });
  assert.deepEqual(last().sent[0], { type: "start_speaker_registration", speaker_id: 1, name: "Mina" });
  assert.deepEqual(last().samples, [...ramp(0, 1280)]);
});

test("of a long outage the last minute is sent, and the time of the rest as silence", async () => {
  const { session, last, pass, lost } = await transcribing();
  last().cut(1006);
  const seconds = 70;
  for (let at = 0; at < seconds * 25; at += 1) session.sendAudio(new Int16Array(640).fill(7));
  await pass();
  last().tell({ type: "session_resumed", samples_received: 0, state: "transcribing" });
  const { samples } = last();
  assert.equal(samples.length, seconds * 16_000);
  assert.equal(samples.indexOf(7), 10 * 16_000);
  assert.deepEqual(lost, [10]);
  assert.ok(last().sent.every((frame) => frame instanceof Int16Array && frame.byteLength <= 65_536));
});

test("an event that comes again is taken once; a gap is mended by resuming", async () => {
  const { last, events, sockets, pass } = await transcribing();
  last().tell({ type: "model_loaded", event_id: 2, message: "" });
  assert.equal(events.length, 2);
  last().tell({ type: "model_loaded", event_id: 4, message: "" });
  assert.equal(events.length, 2);
  await pass();
  assert.equal(sockets.length, 2);
  assert.match(last().url, /last_event_id=2$/);
});

test("what a replaced connection still says is not heard", async () => {
  const { last, events, pass } = await transcribing();
  const old = last();
  old.cut(1006);
  await pass();
  old.tell({ type: "model_loaded", event_id: 3, message: "" });
  assert.equal(events.length, 2);
});

test("attempts are counted until the server has good news", async () => {
  const { last, pass, links, begin } = await newSession();
  for (const attempt of [1, 2, 3]) {
    last().cut(1006);
    assert.equal(links.at(-1).attempt, attempt);
    await pass();
  }
  begin();
  last().cut(1006);
  assert.equal(links.at(-1).attempt, 1);
});

for (const [code, reason, wanted] of /** @type {[number, string, string][]} */ ([
  [1013, "server full", "lost"],
  [4401, "", "closed"],
  [4404, "", "gone"],
  [4408, "", "asleep"],
  [1008, "the session goes on over another connection", "closed"],
  [1008, "slow: nothing was read for 10 s; resume", "lost"],
  [1012, "", "lost"],
  [1003, "", "closed"],
])) {
  test(`close code ${code} ${reason.slice(0, 12)} means ${wanted}`, async () => {
    const { last, links, begin } = await newSession();
    begin();
    last().cut(code, reason);
    assert.equal(links.at(-1).state, wanted);
    assert.equal(links.at(-1).busy ?? false, code === 1013);
  });
}

test("a network that takes nothing is a lost connection", async () => {
  const { session, last, links } = await transcribing();
  last().bufferedAmount = 1_000_000;
  session.sendAudio(ramp(0, 640));
  assert.equal(links.at(-1).state, "lost");
});

test("voices of the registry are asked for again until they are answered", async () => {
  const { session, last, begin, pass } = await newSession();
  begin();
  session.useSpeakers(["mina", "juno"]);
  const done = { type: "speaker_registration_completed", message: "", speech_seconds: 9, quality: 1 };
  last().tell({ ...done, event_id: 2, speaker_id: 0 });
  last().cut(1006);
  await pass();
  last().tell({ type: "session_resumed", samples_received: 0, state: "idle" });
  assert.deepEqual(last().messages, ["use_speakers"]);
  last().tell({ ...done, event_id: 3, speaker_id: 1 });
  last().cut(1006);
  await pass();
  last().tell({ type: "session_resumed", samples_received: 0, state: "idle" });
  assert.deepEqual(last().sent, []);
});
