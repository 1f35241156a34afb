import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../web/connection/backoff.js";

test("waits double, up to ten seconds", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  backoff.reset();
  assert.equal(backoff.next(), 250);
});

test("no wait is shorter than half of it", () => {
  assert.equal(new Backoff(() => 0).next(), 125);
});

test("a full server is left alone for longer", () => {
  assert.equal(new Backoff(() => 1).next(true), 3000);
});
