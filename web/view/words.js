/** The words in the page's own markup: `data-t` for text, `data-t-label` for accessible names. */

import { setAttribute, setText } from "./dom.js";

/** @typedef {import("../i18n/translate.js").Key} Key */
/** @typedef {import("../i18n/translate.js").Language} Language */
/** @typedef {import("../i18n/translate.js").Translate} Translate */

/**
 * @param {Language} language
 * @param {Translate} t
 * @param {Key} title
 */
export function writeWords(language, t, title) {
  document.documentElement.lang = language;
  document.title = t(title);
  for (const node of document.querySelectorAll("[data-t]")) {
    setText(node, t(/** @type {Key} */ (node.getAttribute("data-t"))));
  }
  for (const node of document.querySelectorAll("[data-t-label]")) {
    setAttribute(node, "aria-label", t(/** @type {Key} */ (node.getAttribute("data-t-label"))));
  }
}
