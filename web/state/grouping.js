/** How the items of a chat stand to each other: who is left or right, what belongs together. */

/** @typedef {import("./conversation.js").Item} Item */

/** A pause after which a speaker's next bubble stands on its own, seconds. */
const PAUSE_S = 60;

/** Colours there are for speakers; more speakers begin again with the first. */
export const COLOURS = 8;

/**
 * @typedef {object} Place
 * @property {"left" | "right" | "middle"} side
 * @property {number} colour 0 to COLOURS - 1; -1 = nobody's
 * @property {boolean} first of its group: shows name and avatar
 * @property {boolean} last of its group: shows the time
 * @property {boolean} newDay a date line comes before it
 */

/**
 * @param {Item | undefined} before
 * @param {Item} item
 * @param {Item | undefined} after
 * @returns {Place}
 */
export function placeOf(before, item, after) {
  const newDay =
    item.kind === "segment" &&
    item.timestamp !== null &&
    (before?.kind !== "segment" || dayOf(before) !== dayOf(item));
  if (item.kind === "failure") {
    return { side: "middle", colour: -1, first: true, last: true, newDay };
  }
  return {
    side: sideOf(item.speakerId),
    colour: colourOf(item.speakerId),
    first: !together(before, item),
    last: !together(item, after),
    newDay,
  };
}

/** @param {number | null} speakerId */
export function sideOf(speakerId) {
  return speakerId === 1 ? "right" : "left";
}

/** @param {number | null} speakerId */
export function colourOf(speakerId) {
  return speakerId === null ? -1 : speakerId % COLOURS;
}

/** @param {Item | undefined} one @param {Item | undefined} next */
function together(one, next) {
  return (
    one?.kind === "segment" &&
    next?.kind === "segment" &&
    one.speakerId === next.speakerId &&
    one.take === next.take &&
    next.start - one.start < PAUSE_S &&
    dayOf(one) === dayOf(next)
  );
}

/** The day where the reader is; of a recording it isn't known. @param {{ timestamp: string | null }} item */
function dayOf({ timestamp }) {
  return timestamp === null ? "" : new Date(timestamp).toDateString();
}
