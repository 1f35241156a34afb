/** The transcript as TXT, SRT, VTT and JSON. */

import { clock } from "./transcript.js";

/** @typedef {import("./transcript.js").Line} Line */

/**
 * @typedef {object} Format
 * @property {string} type of the file
 * @property {(lines: readonly Line[]) => string} write
 */

/** `[00:01:02] Mina: The new office is great.` @param {readonly Line[]} lines */
function toTxt(lines) {
  return lines.map((line) => `[${clock(line.start, ".").slice(0, 8)}] ${line.speaker}: ${line.text}\n`).join("");
}

/** @param {readonly Line[]} lines */
function toSrt(lines) {
  return lines
    .map(
      (line, at) =>
        `${at + 1}\n${clock(line.start, ",")} --> ${clock(line.end, ",")}\n${line.speaker}: ${line.text}\n`,
    )
    .join("\n");
}

/** @param {readonly Line[]} lines */
function toVtt(lines) {
  const cues = lines.map(
    (line) =>
      `${clock(line.start, ".")} --> ${clock(line.end, ".")}\n<v ${escaped(line.speaker)}>${escaped(line.text)}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

/** In WebVTT these begin markup. @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @param {readonly Line[]} lines */
function toJson(lines) {
  const segments = lines.map(({ start, end, speaker, segment }) => {
    const { speakerId, text, timestamp, words, language, confidence, mood, score, offset } = segment;
    return {
      start,
      end,
      speaker_id: speakerId,
      speaker,
      text,
      timestamp,
      language,
      confidence,
      sentiment: { label: mood, score },
      words: words.map((word) => ({ ...word, start: offset + word.start, end: offset + word.end })),
    };
  });
  return `${JSON.stringify({ segments }, null, 2)}\n`;
}

/** @type {Record<"txt" | "srt" | "vtt" | "json", Format>} */
export const FORMATS = {
  txt: { type: "text/plain", write: toTxt },
  srt: { type: "application/x-subrip", write: toSrt },
  vtt: { type: "text/vtt", write: toVtt },
  json: { type: "application/json", write: toJson },
};
