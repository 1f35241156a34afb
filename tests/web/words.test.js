import assert from "node:assert/strict";
import { test } from "node:test";

import { browserOf, microphoneFailure, missingAbility } from "../../web/audio/failures.js";
import { en } from "../../web/i18n/en.js";
import { ko } from "../../web/i18n/ko.js";
import { preferred, speakerName, translator } from "../../web/i18n/translate.js";
import { bannersOf } from "../../web/state/banners.js";
import { INITIAL, reduce } from "../../web/state/page.js";

test("both languages have the same keys and the same gaps to fill", () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(ko).sort());
  const gaps = (/** @type {string} */ words) => (words.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, words] of Object.entries(ko)) {
    assert.deepEqual(gaps(en[/** @type {keyof typeof ko} */ (key)]), gaps(words), key);
  }
});

test("the product's own words", () => {
  assert.equal(ko["button.enrol"], "목소리 등록하기");
  assert.equal(ko["button.start"], "대화 전사 시작하기");
  assert.equal(ko["button.stop"], "전사 중단");
});

test("the reader's first language that there are words for", () => {
  assert.equal(preferred(["fr-CA", "ko-KR", "en"]), "ko");
  assert.equal(preferred(["en-GB", "ko"]), "en");
  assert.equal(preferred(["fr"]), "en");
});

test("speakers have a name or a number", () => {
  const t = translator("ko");
  assert.equal(speakerName(t, 1, "SPEAKER_01"), "화자 2");
  assert.equal(speakerName(t, 1, "준호"), "준호");
  assert.equal(speakerName(t, null, null), "알 수 없음");
});

test("each way to have no microphone is told, with what to do in each browser", () => {
  const errors = [
    ["NotAllowedError", "Permission denied", "denied"],
    ["NotAllowedError", "Permission denied by system", "blocked_by_system"],
    ["NotFoundError", "", "none"],
    ["OverconstrainedError", "", "none"],
    ["NotReadableError", "", "busy"],
    ["TypeError", "", "unknown"],
  ];
  const agents = ["iPhone", "Android Chrome/1", "Firefox/1", "Chrome/1", "Safari/1", "?"];
  for (const [name, message, wanted] of errors) {
    const failure = microphoneFailure({ name, message });
    assert.equal(failure, wanted);
    const page = reduce(INITIAL, { type: "page/microphone_failed", failure });
    for (const agent of agents) {
      const [banner] = bannersOf(page, translator("en"), browserOf(agent));
      assert.ok(banner?.text && banner.advice, `${failure} in ${agent}`);
    }
  }
  const all = { isSecureContext: true, hasMedia: true, hasWorklet: true };
  assert.equal(missingAbility({ ...all, isSecureContext: false }), "insecure");
  assert.equal(missingAbility({ ...all, hasWorklet: false }), "unsupported");
  assert.equal(missingAbility(all), null);
});

test("advice on a denied microphone differs by browser", () => {
  const page = reduce(INITIAL, { type: "page/microphone_failed", failure: "denied" });
  const advice = ["chrome", "safari", "firefox", "ios", "android", "other"].map(
    (browser) => bannersOf(page, translator("ko"), /** @type {any} */ (browser))[0]?.advice,
  );
  assert.equal(new Set(advice).size, 6);
});
