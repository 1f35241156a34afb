/** The people: who is being enrolled, who is, and what they are called. */

/** @typedef {import("./actions.js").Action} Action */

/** @typedef {"empty" | "opening" | "listening" | "computing" | "done" | "failed"} Stage */

/**
 * @typedef {object} Card
 * @property {number} id the speaker_id
 * @property {string} name as typed; empty = none
 * @property {Stage} stage
 * @property {number} speech seconds of speech heard so far
 * @property {number} needed seconds
 * @property {number} quality 0 to 1, once done
 * @property {string} failure code, once failed
 * @property {string | null} registryId where the voice came from the registry
 */

/** Codes of warnings that stand for an enrolment that no worker could compute. */
export const ENROLMENT_FAILURES = new Set(["AUDIO_EXPIRED", "TIMEOUT", "WORKER_LOST", "ENGINE_FAILED"]);

export const NEEDED_SECONDS = 3;
export const MAX_SPEAKERS = 8;
const BEGINNING = 2;

/** @param {number} id @param {string} [name] @returns {Card} */
function card(id, name = "") {
  const none = { speech: 0, needed: NEEDED_SECONDS, quality: 0, failure: "", registryId: null };
  return { id, name, stage: "empty", ...none };
}

/** @returns {readonly Card[]} */
export function initialCards() {
  return Array.from({ length: BEGINNING }, (_, id) => card(id));
}

/**
 * @param {readonly Card[]} cards
 * @param {Action} action
 * @returns {readonly Card[]}
 */
export function reduceCards(cards, action) {
  switch (action.type) {
    case "page/card_added":
      return cards.length < MAX_SPEAKERS ? [...cards, card(cards.length)] : cards;
    case "page/card_removed":
      // Ids are places: only the last one can go.
      return cards.length > 1 ? cards.slice(0, -1) : cards;
    case "page/card_named":
      return changed(cards, action.id, { name: action.name });
    case "page/enrolment_opening":
      return changed(cards, action.id, { stage: "opening", speech: 0, failure: "", registryId: null });
    case "page/enrolment_cancelled":
      return changed(cards, action.id, { stage: "empty", speech: 0 });
    case "page/enrolment_failed":
      return changed(cards, action.id, { stage: "failed", failure: action.failure });
    case "page/enrolment_computing":
      return changed(cards, action.id, { stage: "computing" });
    case "page/registry_used":
      return action.speakers.reduce(
        (all, { id, name }, place) =>
          changed(place < all.length ? all : [...all, card(place)], place, {
            name: name ?? id,
            stage: "computing",
            registryId: id,
          }),
        cards,
      );
    case "page/session_lost":
      return cards.map(({ id, name }) => card(id, name));
    case "speaker_registration_started":
      return changed(cards, action.speaker_id, { stage: "listening" });
    case "speaker_registration_progress":
      return changed(cards, action.speaker_id, {
        speech: action.speech_seconds,
        needed: action.needed_seconds,
      });
    case "speaker_registration_completed":
      return changed(cards, action.speaker_id, {
        stage: "done",
        speech: action.speech_seconds,
        quality: action.quality,
      });
    case "speaker_registration_failed":
      return changed(cards, action.speaker_id, { stage: "failed", failure: action.code });
    case "warning":
      return ENROLMENT_FAILURES.has(action.code) ? unanswered(cards, action.code) : cards;
    case "error":
      return unanswered(cards, action.code);
    default:
      return cards;
  }
}

/**
 * @param {readonly Card[]} cards
 * @param {number} id
 * @param {Partial<Card>} fields
 */
function changed(cards, id, fields) {
  return cards.map((one) => (one.id === id ? { ...one, ...fields } : one));
}

/**
 * Those whose voice prints were awaited get none.
 * @param {readonly Card[]} cards
 * @param {string} failure
 * @returns {readonly Card[]}
 */
function unanswered(cards, failure) {
  return cards.map((one) => (one.stage === "computing" ? { ...one, stage: "failed", failure } : one));
}
