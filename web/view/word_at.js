/** Which word of a bubble is under the pointer; words are not elements, there are too many. */

/** @typedef {import("../state/conversation.js").Segment} Segment */

/**
 * @param {MouseEvent} event
 * @param {Segment} segment
 * @returns {number | null} its place in the segment; null = none of them
 */
export function wordAt({ clientX, clientY }, segment) {
  const offset = caretOffset(clientX, clientY);
  return offset === null ? null : wordAtOffset(segment, offset);
}

/**
 * @param {Pick<Segment, "text" | "words">} segment
 * @param {number} offset of a character of its text
 * @returns {number | null}
 */
export function wordAtOffset({ text, words }, offset) {
  let at = 0;
  for (const [index, { word }] of words.entries()) {
    const bare = word.trim();
    const start = text.indexOf(bare, at);
    if (start < 0) continue;
    at = start + bare.length;
    if (offset <= at) return index;
  }
  return null;
}

/** @param {number} x @param {number} y @returns {number | null} */
function caretOffset(x, y) {
  if ("caretPositionFromPoint" in document) {
    return document.caretPositionFromPoint(x, y)?.offset ?? null;
  }
  // Safari, and Chrome before 128.
  return /** @type {Document} */ (document).caretRangeFromPoint(x, y)?.startOffset ?? null;
}
