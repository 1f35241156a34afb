/** Reads new bubbles to a screen reader: the last few only, and nothing interim. */

import { speakerName } from "../i18n/translate.js";
import { byId, element } from "./dom.js";

/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/conversation.js").Item} Item */

const KEPT = 5;

export class Announcer {
  constructor() {
    this.place = byId("announcer", HTMLElement);
    this.last = "";
  }

  /** @param {readonly Item[]} items @param {Translate} t */
  draw(items, t) {
    const newest = items.at(-1);
    if (newest?.key === this.last) return;
    const fresh = [];
    for (let at = items.length - 1; at >= 0 && fresh.length < KEPT; at -= 1) {
      const item = /** @type {Item} */ (items[at]);
      if (item.key === this.last) break;
      if (item.kind === "segment") fresh.unshift(item);
    }
    this.last = newest?.key ?? "";
    for (const { speakerId, speaker, text } of fresh) {
      this.place.append(element("p", { text: `${speakerName(t, speakerId, speaker)}: ${text}` }));
    }
    while (this.place.children.length > KEPT) this.place.firstElementChild?.remove();
  }
}
