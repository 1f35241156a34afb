import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { RecordingError, Recordings } from "../../web/connection/recordings.js";

/** What each connection is answered, in order. @type {((answer: import("node:http").ServerResponse) => void)[]} */
let answers = [];
/** @type {(string | undefined)[]} */
const keys = [];
const server = createServer((request, answer) => {
  keys.push(/** @type {string | undefined} */ (request.headers["x-api-key"]));
  answers.shift()?.(answer);
});

before(() => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined))));
after(() => server.close());

function recordings() {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return new Recordings(`http://127.0.0.1:${port}/`, () => "secret");
}

/** @param {...string} chunks */
function stream(...chunks) {
  return (/** @type {import("node:http").ServerResponse} */ answer) => {
    for (const chunk of chunks) answer.write(chunk);
    answer.end();
  };
}

/** @param {string} status @param {number} progress */
function state(status, progress) {
  return `event: x\ndata: ${JSON.stringify({ status, progress, message: "듣는 중" })}\n\n`;
}

test("a job is followed over as many connections as it takes", async () => {
  const told = state("processing", 20);
  answers = [
    stream(told.slice(0, 30), told.slice(30)),
    (answer) => answer.writeHead(503).end(),
    (answer) => answer.destroy(),
    stream(": still here\n\n", state("processing", 60), state("completed", 100)),
  ];
  /** @type {number[]} */
  const progress = [];
  await recordings().follow("one", ({ progress: its }) => progress.push(its), new AbortController().signal);
  assert.deepEqual(progress, [20, 60, 100]);
  assert.ok(keys.every((key) => key === "secret"));
});

test("a job that nobody knows is not asked for again", async () => {
  const problem = JSON.stringify({ code: "JOB_UNKNOWN", message: "there is no job one", retryable: false });
  answers = [(answer) => answer.writeHead(404).end(problem)];
  await assert.rejects(
    recordings().follow("one", () => {}, new AbortController().signal),
    (error) => error instanceof RecordingError && error.code === "JOB_UNKNOWN",
  );
});

test("who gives up hears no more", async () => {
  const giving = new AbortController();
  answers = [(answer) => void answer.write(state("processing", 1))];
  const followed = recordings().follow("one", () => giving.abort(), giving.signal);
  await assert.rejects(followed, { name: "AbortError" });
});
