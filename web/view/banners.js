/** Banners at the top of the page. */

import { browserOf } from "../audio/failures.js";
import { bannersOf } from "../state/banners.js";
import { byId, element } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/banners.js").Banner} Banner */
/** @typedef {import("../state/page.js").Page} Page */

export class Banners {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.place = byId("banners", HTMLElement);
    this.browser = browserOf(navigator.userAgent);
    this.drawn = "";
  }

  /** @param {Page} page @param {Translate} t */
  draw(page, t) {
    const banners = bannersOf(page, t, this.browser);
    const text = JSON.stringify(banners);
    if (text === this.drawn) return;
    this.drawn = text;
    this.place.replaceChildren(...banners.map((banner) => this.build(banner)));
  }

  /** @param {Banner} banner */
  build({ id, kind, text, advice, action }) {
    const words = element("p", {}, element("strong", { text }));
    if (advice) words.append(" ", element("span", { text: advice }));
    const node = element("div", { class: "banner", "data-kind": kind, "data-id": id }, words);
    if (action) {
      const button = element("button", { type: "button", class: "quiet", text: action.label });
      button.addEventListener("click", () => {
        if (action.does === "close") {
          const code = id.replace("notice-", "");
          this.controller.store.dispatch({ type: "page/notice_closed", code });
        } else {
          this.controller.reconnect();
        }
      });
      node.append(button);
    }
    return node;
  }
}
