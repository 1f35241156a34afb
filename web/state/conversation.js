/** What was said: the events of a session as the items of a chat. */

import { segmentsOfResult } from "./analysis.js";

/** @typedef {import("./actions.js").Action} Action */
/** @typedef {import("./events.js").Mood} Mood */
/** @typedef {import("./events.js").Word} Word */
/** @typedef {import("./events.js").Transcription} Transcription */

/**
 * A segment: something said by one speaker without a break.
 * @typedef {object} Segment
 * @property {"segment"} kind
 * @property {string} key unique in the page
 * @property {string} take the transcription it belongs to, whose clock begins at 0
 * @property {number} offset seconds of the earlier takes: `offset + start` is a time in exports
 * @property {string} segmentId
 * @property {number | null} speakerId
 * @property {string | null} speaker
 * @property {string} text
 * @property {string | null} timestamp ISO 8601 UTC; null = in a recording
 * @property {number} start
 * @property {number} end
 * @property {readonly Word[]} words
 * @property {string} language
 * @property {number} confidence
 * @property {Mood} mood
 * @property {number} score of the mood, 0 to 1
 * @property {number | null} latencyMs null = in a recording
 */

/**
 * An utterance that could not be transcribed.
 * @typedef {object} Failure
 * @property {"failure"} kind
 * @property {string} key
 * @property {string} take
 * @property {number} offset
 * @property {number} start
 * @property {number} end
 * @property {string} code
 */

/** @typedef {Segment | Failure} Item */

/**
 * Text on its way.
 * @typedef {object} Interim
 * @property {number} utteranceId
 * @property {string} text empty = somebody began to speak
 * @property {number} stable how many of its characters will stay
 * @property {boolean} speaking whether the utterance goes on
 */

/**
 * @typedef {object} Conversation
 * @property {readonly Item[]} items
 * @property {readonly Interim[]} interims
 * @property {string} take
 * @property {number} offset
 * @property {number} forgotten items that are no longer kept
 */

/** More than eight hours of quick talk. */
export const MAX_ITEMS = 20_000;
/** Utterances under way that are shown. */
const MAX_INTERIMS = 4;

/** @type {Conversation} */
export const EMPTY = { items: [], interims: [], take: "", offset: 0, forgotten: 0 };

/**
 * @param {Conversation} conversation
 * @param {Action} action
 * @returns {Conversation}
 */
export function reduceConversation(conversation, action) {
  switch (action.type) {
    case "transcription_started":
      return {
        ...conversation,
        interims: [],
        take: `${action.session_id}/${action.event_id}`,
        offset: endOf(conversation.items),
      };
    case "speech_started":
      return withInterim(conversation, { utteranceId: action.utterance_id, text: "", stable: 0, speaking: true });
    case "partial": {
      const { utterance_id: utteranceId, text, stable_chars: stable } = action;
      return withInterim(conversation, { utteranceId, text, stable, speaking: true });
    }
    case "speech_ended":
      return {
        ...conversation,
        interims: conversation.interims
          .map((one) => (one.utteranceId === action.utterance_id ? { ...one, speaking: false } : one))
          .filter((one) => one.speaking || one.text !== ""),
      };
    case "transcription":
      return withItem(conversation, segment(conversation, action), action.utterance_id);
    case "utterance_failed": {
      const { take, offset } = conversation;
      const { start, end, code } = action;
      const key = `${action.session_id}/${action.utterance_id}/failed`;
      return withItem(conversation, { kind: "failure", key, take, offset, start, end, code }, action.utterance_id);
    }
    case "speaker_updated": {
      const keys = new Set(action.segment_ids.map((id) => `${action.session_id}/${id}`));
      const { speaker_id: speakerId, speaker } = action;
      return {
        ...conversation,
        items: conversation.items.map((item) =>
          item.kind === "segment" && keys.has(item.key) ? { ...item, speakerId, speaker } : item,
        ),
      };
    }
    case "page/result": {
      const offset = endOf(conversation.items);
      const speakers = 1 + segmentsOf(conversation.items).reduce((most, one) => Math.max(most, one.speakerId ?? -1), -1);
      return withItems(conversation, segmentsOfResult(action.result, action.take, offset, speakers));
    }
    case "transcription_stopped":
    case "session_ended":
    case "page/session_lost":
      return { ...conversation, interims: [] };
    case "page/cleared":
      return { ...EMPTY, take: conversation.take };
    default:
      return conversation;
  }
}

/**
 * The segments among the items.
 * @param {readonly Item[]} items
 * @returns {Segment[]}
 */
export function segmentsOf(items) {
  return items.filter((item) => item.kind === "segment");
}

/** @param {readonly Item[]} items @returns {number} seconds */
function endOf(items) {
  return items.reduce((latest, item) => Math.max(latest, item.offset + item.end), 0);
}

/** @param {Conversation} conversation @param {Transcription} event @returns {Segment} */
function segment({ take, offset }, event) {
  return {
    kind: "segment",
    key: `${event.session_id}/${event.segment_id}`,
    take,
    offset,
    segmentId: event.segment_id,
    speakerId: event.speaker_id,
    speaker: event.speaker,
    text: event.text,
    timestamp: event.timestamp,
    start: event.start,
    end: event.end,
    words: event.words,
    language: event.language,
    confidence: event.confidence,
    mood: event.sentiment.label,
    score: event.sentiment.score,
    latencyMs: event.latency_ms["total"] ?? 0,
  };
}

/**
 * Answers come in the order of the utterances: interim text of this one and of those before it
 * has had its time.
 * @param {Conversation} conversation
 * @param {Item} item
 * @param {number} utteranceId
 * @returns {Conversation}
 */
function withItem(conversation, item, utteranceId) {
  const interims = conversation.interims.filter((one) => one.utteranceId > utteranceId);
  return { ...withItems(conversation, [item]), interims };
}

/** @param {Conversation} conversation @param {readonly Item[]} more @returns {Conversation} */
function withItems(conversation, more) {
  const items = [...conversation.items, ...more];
  const surplus = Math.max(0, items.length - MAX_ITEMS);
  return { ...conversation, items: items.slice(surplus), forgotten: conversation.forgotten + surplus };
}

/** @param {Conversation} conversation @param {Interim} interim @returns {Conversation} */
function withInterim(conversation, interim) {
  const others = conversation.interims.filter((one) => one.utteranceId !== interim.utteranceId);
  const interims = [...others, interim].sort((a, b) => a.utteranceId - b.utteranceId);
  return { ...conversation, interims: interims.slice(-MAX_INTERIMS) };
}
