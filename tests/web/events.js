/** Events as a server sends them, for tests. */

/** @param {number} utterance @param {Record<string, unknown>} [fields] @returns {any} */
export function transcription(utterance, fields = {}) {
  const start = 10 * utterance;
  return {
    type: "transcription",
    session_id: "s",
    event_id: utterance + 10,
    utterance_id: utterance,
    segment_id: `${utterance}.1`,
    speaker_id: 0,
    speaker: "SPEAKER_00",
    text: "one two",
    timestamp: new Date(Date.UTC(2026, 2, 2, 9, 0, start)).toISOString(),
    start,
    end: start + 4,
    words: [
      { word: "one", start, end: start + 2, confidence: 1 },
      { word: "two", start: start + 2, end: start + 4, confidence: 1 },
    ],
    language: "en",
    confidence: 0.9,
    sentiment: { label: "neutral", score: 0.8, scores: { positive: 0.1, negative: 0.1, neutral: 0.8 } },
    latency_ms: { total: 100 * utterance },
    ...fields,
  };
}

/** @param {number} event @returns {any} */
export function started(event) {
  return { type: "transcription_started", session_id: "s", event_id: event, parameters: {} };
}

/** @param {"positive" | "negative" | "neutral"} label @param {number} score */
export function mood(label, score) {
  return { sentiment: { label, score, scores: {} } };
}
