/** Taking the conversation home: files, clipboard, paper. */

import { FORMATS } from "../export/formats.js";
import { linesOf } from "../export/transcript.js";
import { speakerName } from "../i18n/translate.js";
import { byId, element, setText } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/page.js").Page} Page */

export class Exports {
  /** @param {Controller} controller @param {() => Translate} words */
  constructor(controller, words) {
    this.controller = controller;
    this.words = words;
    this.menu = byId("export", HTMLDetailsElement);
    this.copy = byId("copy", HTMLButtonElement);
    this.buttons = [...this.menu.querySelectorAll("button")];
    this.clear = byId("clear", HTMLButtonElement);
    for (const button of this.menu.querySelectorAll("[data-format]")) {
      const name = /** @type {keyof typeof FORMATS} */ (button.getAttribute("data-format"));
      button.addEventListener("click", () => this.save(name));
    }
    this.copy.addEventListener("click", () => void this.copyText());
    byId("print", HTMLButtonElement).addEventListener("click", () => this.print());
    this.clear.addEventListener("click", () => {
      this.menu.open = false;
      controller.store.dispatch({ type: "page/cleared" });
    });
    document.addEventListener("click", ({ target }) => {
      if (!this.menu.contains(/** @type {Node} */ (target))) this.menu.open = false;
    });
  }

  /** @param {Page} page */
  draw({ conversation: { items }, phase }) {
    for (const button of this.buttons) button.disabled = items.length === 0;
    this.clear.disabled = items.length === 0 || phase !== "idle";
  }

  /** @param {keyof typeof FORMATS} name */
  text(name) {
    const t = this.words();
    const { items } = this.controller.page.conversation;
    return FORMATS[name].write(linesOf(items, ({ speakerId, speaker }) => speakerName(t, speakerId, speaker)));
  }

  /** @param {keyof typeof FORMATS} name */
  save(name) {
    this.menu.open = false;
    const url = URL.createObjectURL(new Blob([this.text(name)], { type: FORMATS[name].type }));
    const stamp = new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-");
    element("a", { href: url, download: `sori-${stamp}.${name}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async copyText() {
    await navigator.clipboard.writeText(this.text("txt"));
    const t = this.words();
    setText(this.copy, t("export.copied"));
    setTimeout(() => setText(this.copy, this.words()("export.copy")), 2000);
  }

  print() {
    this.menu.open = false;
    window.print();
  }
}
