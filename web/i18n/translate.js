/** Words for keys, in the reader's language. */

import { en } from "./en.js";
import { ko } from "./ko.js";

/** @typedef {keyof typeof ko} Key */
/** @typedef {"ko" | "en"} Language */
/** @typedef {((key: Key, values?: Record<string, string | number>) => string) & { language: Language }} Translate */

/** @type {Record<Language, Record<Key, string>>} */
const WORDS = { ko, en };

/**
 * The first language of the reader that there are words for; English for everybody else.
 * @param {readonly string[]} wanted as in navigator.languages
 * @returns {Language}
 */
export function preferred(wanted) {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in WORDS);
  return known === "ko" ? "ko" : "en";
}

/** @param {Language} language @returns {Translate} */
export function translator(language) {
  /** @param {Key} key @param {Record<string, string | number>} [values] */
  const translate = (key, values = {}) =>
    WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  return Object.assign(translate, { language });
}

/** @param {string} key @returns {boolean} */
export function hasWords(key) {
  return key in ko;
}

/**
 * The first of some keys that there are words for.
 * @param {string[]} keys from the particular to the general; the last one must exist
 * @returns {Key}
 */
export function firstKey(...keys) {
  return /** @type {Key} */ (keys.find(hasWords) ?? keys[keys.length - 1]);
}

/**
 * What a speaker is called: by the name given, else by number.
 * @param {Translate} t
 * @param {number | null} id
 * @param {string | null} name as the server says it
 */
export function speakerName(t, id, name) {
  if (id === null) return t("speaker.nobody");
  return name && !/^SPEAKER_\d+$/.test(name) ? name : t("speaker.numbered", { number: id + 1 });
}
