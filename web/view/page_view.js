/** The page as it is seen: every part drawn from the state, once per frame. */

import { translator } from "../i18n/translate.js";
import { Announcer } from "./announcer.js";
import { Banners } from "./banners.js";
import { speechOf } from "./bubble.js";
import { Cards } from "./cards.js";
import { Chat } from "./chat.js";
import { KeyDialog, RegistryDialog } from "./dialogs.js";
import { Dock } from "./dock.js";
import { byId, setAttribute, setText } from "./dom.js";
import { Drop } from "./drop.js";
import { Exports } from "./exports.js";
import { Frames } from "./frames.js";
import { Preferences } from "./preferences.js";
import { Settings } from "./settings.js";
import { StatisticsView } from "./statistics.js";
import { Tabs } from "./tabs.js";
import { writeWords } from "./words.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/page.js").Page} Page */

export class PageView {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.frames = new Frames(() => this.draw());
    this.speech = speechOf("ko", translator("ko"));
    this.status = byId("status", HTMLElement);
    this.statusText = byId("status-text", HTMLElement);
    this.chat = new Chat(controller);
    this.announcer = new Announcer();
    this.statistics = new StatisticsView(() => this.frames.request());
    /** @type {{ draw: (page: Page, t: Translate) => void }[]} */
    this.parts = [
      new Banners(controller),
      new Cards(controller),
      new Settings(controller),
      new Dock(controller),
      new Exports(controller, () => this.speech.t),
      new KeyDialog(controller),
      new RegistryDialog(controller),
      this.statistics,
    ];
    new Tabs();
    new Drop(controller);
    new Preferences((language, t) => {
      this.speech = speechOf(language, t);
      writeWords(language, t, "page.title");
      this.frames.request();
    });
    controller.store.watch(() => this.frames.request());
  }

  draw() {
    const { page } = this.controller;
    const { t } = this.speech;
    this.chat.draw(page.conversation, this.speech, page.phase === "idle");
    for (const part of this.parts) part.draw(page, t);
    this.announcer.draw(page.conversation.items, t);
    setAttribute(this.status, "data-state", page.link.state);
    setText(this.statusText, statusOf(page, t));
  }
}

/** @param {Page} page @param {Translate} t */
function statusOf({ link }, t) {
  if (link.state === "lost") return t(link.busy ? "link.busy" : "link.connecting");
  return t(`link.${link.state}`);
}
