/** Language and appearance: chosen here, remembered by the browser, both pages alike. */

import { preferred, translator } from "../i18n/translate.js";
import { byId } from "./dom.js";

/** @typedef {import("../i18n/translate.js").Language} Language */
/** @typedef {import("../i18n/translate.js").Translate} Translate */

export class Preferences {
  /** @param {(language: Language, t: Translate) => void} onLanguage called at once, and after each change */
  constructor(onLanguage) {
    const language = byId("language", HTMLSelectElement);
    const theme = byId("theme", HTMLSelectElement);
    language.value = recall("language") || preferred(navigator.languages);
    theme.value = recall("theme") || "auto";
    const speak = () => onLanguage(languageOf(language.value), translator(languageOf(language.value)));
    const shine = () => document.documentElement.setAttribute("data-theme", theme.value);
    language.addEventListener("change", () => {
      remember("language", language.value);
      speak();
    });
    theme.addEventListener("change", () => {
      remember("theme", theme.value);
      shine();
    });
    shine();
    speak();
  }
}

/** @param {string} value @returns {Language} */
function languageOf(value) {
  return value === "ko" ? "ko" : "en";
}

/** @param {string} name */
function recall(name) {
  try {
    return localStorage.getItem(`sori.${name}`);
  } catch {
    return null; // storage is switched off
  }
}

/** @param {string} name @param {string} value */
function remember(name, value) {
  try {
    localStorage.setItem(`sori.${name}`, value);
  } catch {
    // storage is switched off: it holds for this visit
  }
}
