/** A whole recording in the server's hands, and what came of it as the items of a chat. */

/** @typedef {import("./actions.js").Action} Action */
/** @typedef {import("./conversation.js").Segment} Segment */
/** @typedef {import("./events.js").Sentiment} Sentiment */
/** @typedef {import("./events.js").Word} Word */

/**
 * How far a recording is.
 * @typedef {object} Analysis
 * @property {string} name of the file
 * @property {boolean} sending whether it is still on its way to the server
 * @property {number} progress of that, or of the server's work: 0 to 100
 * @property {string} message what the server does, in Korean
 * @property {string} messageEn
 */

/**
 * @typedef {object} RecordedSegment
 * @property {number} start_time seconds
 * @property {number} end_time
 * @property {{ speaker_id: string }} speaker `SPEAKER_00`, …
 * @property {string} text
 * @property {Sentiment} sentiment
 * @property {Word[]} words
 *
 * @typedef {object} RecordingResult
 * @property {RecordedSegment[]} segments
 * @property {string} language
 */

/**
 * @param {Analysis | null} analysis
 * @param {Action} action
 * @returns {Analysis | null}
 */
export function reduceAnalysis(analysis, action) {
  switch (action.type) {
    case "page/file_opened":
      return { name: action.name, sending: true, progress: 0, message: "", messageEn: "" };
    case "page/file_sent":
      return analysis && { ...analysis, progress: 100 * action.share };
    case "page/job": {
      const { progress, message, message_en: messageEn } = action.state;
      return analysis && { ...analysis, sending: false, progress, message, messageEn };
    }
    case "page/phase":
      return action.phase === "analysing" ? analysis : null;
    case "page/result":
      return null;
    default:
      return analysis;
  }
}

/**
 * What was said in a recording. Its speakers are nobody who spoke before: they are numbered on.
 * @param {RecordingResult} result
 * @param {string} take
 * @param {number} offset seconds
 * @param {number} speakers who spoke in the page before
 * @returns {Segment[]}
 */
export function segmentsOfResult({ segments, language }, take, offset, speakers) {
  return segments.map((one, at) => {
    const speakerId = speakers + Number(one.speaker.speaker_id.replace("SPEAKER_", ""));
    return {
      kind: "segment",
      key: `${take}/${at}`,
      take,
      offset,
      segmentId: String(at),
      speakerId,
      speaker: `SPEAKER_${String(speakerId).padStart(2, "0")}`,
      text: one.text,
      timestamp: null,
      start: one.start_time,
      end: one.end_time,
      words: one.words.map(({ word, start, end, confidence }) => ({ word, start, end, confidence })),
      language,
      confidence: one.words.reduce((sum, word) => sum + word.confidence, 0) / Math.max(1, one.words.length),
      mood: one.sentiment.label,
      score: one.sentiment.score,
      latencyMs: null,
    };
  });
}
