/** A conversation as the lines of a transcript: what all formats are made of. */

import { segmentsOf } from "../state/conversation.js";

/** @typedef {import("../state/conversation.js").Item} Item */
/** @typedef {import("../state/conversation.js").Segment} Segment */

/**
 * @typedef {object} Line
 * @property {number} start seconds since the first transcription of the page began
 * @property {number} end
 * @property {string} speaker
 * @property {string} text in one line
 * @property {Segment} segment
 */

/**
 * @param {readonly Item[]} items
 * @param {(segment: Segment) => string} nameOf
 * @returns {Line[]}
 */
export function linesOf(items, nameOf) {
  return segmentsOf(items)
    .map((segment) => ({
      start: segment.offset + segment.start,
      end: segment.offset + segment.end,
      speaker: oneLine(nameOf(segment)),
      text: oneLine(segment.text),
      segment,
    }))
    .sort((a, b) => a.start - b.start);
}

/**
 * A time as subtitles write it.
 * @param {number} seconds
 * @param {string} point between seconds and milliseconds
 */
export function clock(seconds, point) {
  const all = Math.round(seconds * 1000);
  const two = (/** @type {number} */ value) => String(Math.floor(value)).padStart(2, "0");
  const time = [all / 3_600_000, (all / 60_000) % 60, (all / 1000) % 60].map(two).join(":");
  return `${time}${point}${String(all % 1000).padStart(3, "0")}`;
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
