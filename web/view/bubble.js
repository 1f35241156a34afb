/** One item of the chat as a row: avatar, name, bubble, time, mood. */

import { element, setAttribute, setText } from "./dom.js";
import { firstKey, speakerName } from "../i18n/translate.js";

/** @typedef {import("../state/conversation.js").Item} Item */
/** @typedef {import("../state/conversation.js").Segment} Segment */
/** @typedef {import("../state/grouping.js").Place} Place */
/** @typedef {import("../i18n/translate.js").Language} Language */
/** @typedef {import("../i18n/translate.js").Translate} Translate */

/** @typedef {{ language: Language, t: Translate, time: Intl.DateTimeFormat, day: Intl.DateTimeFormat }} Speech */

/** @param {Language} language @param {Translate} t @returns {Speech} */
export function speechOf(language, t) {
  return {
    language,
    t,
    time: new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }),
    day: new Intl.DateTimeFormat(language, { dateStyle: "full" }),
  };
}

export class Row {
  /** @param {Item} item @param {Speech} speech */
  constructor(item, speech) {
    this.item = item;
    this.speech = speech;
    this.node = element("li", { class: "item", tabindex: "-1", "data-key": item.key });
    /** @type {HTMLElement | null} */
    this.dayLine = null;
    if (item.kind === "segment") this.build(item);
    else {
      this.node.append(element("p", { class: "failed", text: speech.t("chat.failed", { time: elapsed(item.start) }) }));
    }
  }

  /** @param {Segment} item */
  build(item) {
    const { t, time } = this.speech;
    this.avatar = element("span", { class: "avatar", "aria-hidden": "true" });
    this.name = element("span", { class: "name" });
    this.text = element("p", { class: "bubble", text: item.text, lang: item.language || undefined });
    const mood = t(firstKey(`mood.${item.mood}`));
    const score = t("mood.score", { mood, score: Math.round(100 * item.score) });
    const mark = element(
      "span",
      { class: "mood", "data-mood": item.mood },
      element("span", { class: "mood-score", text: score }),
    );
    const clock =
      item.timestamp === null
        ? element("time", { text: elapsed(item.start) })
        : element("time", { datetime: item.timestamp, text: time.format(new Date(item.timestamp)) });
    this.node.append(
      this.avatar,
      this.name,
      this.text,
      element("span", { class: "meta" }, mark, clock),
    );
  }

  /** @param {Item} item @param {Place} place */
  update(item, place) {
    this.item = item;
    setAttribute(this.node, "data-side", place.side);
    setAttribute(this.node, "data-colour", String(place.colour));
    this.node.classList.toggle("first", place.first);
    this.node.classList.toggle("last", place.last);
    this.showDay(item, place.newDay);
    if (item.kind !== "segment" || !this.avatar || !this.name) return;
    const name = speakerName(this.speech.t, item.speakerId, item.speaker);
    setText(this.name, name);
    setText(this.avatar, initialOf(name, item.speakerId));
  }

  /** @param {Item} item @param {boolean} shown */
  showDay(item, shown) {
    if (shown === (this.dayLine !== null) || item.kind !== "segment" || item.timestamp === null) return;
    this.dayLine?.remove();
    this.dayLine = null;
    if (!shown) return;
    this.dayLine = element("span", { class: "day", text: this.speech.day.format(new Date(item.timestamp)) });
    this.node.prepend(this.dayLine);
  }
}

/** As in 1:02:03 or 2:03. @param {number} seconds */
function elapsed(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (/** @type {number} */ value) => String(Math.floor(value)).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/**
 * What stands in an avatar: the first letter of a name, the number where there is no name.
 * @param {string} name
 * @param {number | null} id
 */
export function initialOf(name, id) {
  if (id === null) return "?";
  const numbered = /(\d+)$/.exec(name);
  return numbered?.[1] ?? [...name][0] ?? String(id + 1);
}
