/** Under the conversation: the meter, what goes on, start and stop. */

import { byId, setAttribute, setText } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Key} Key */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/page.js").Page} Page */

const START = "대화 전사 시작하기";
const STOP = "전사 중단";
const CANCEL = "취소";
/** How fast the meter falls, per frame. */
const FALL = 0.9;

export class Dock {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.start = byId("start", HTMLButtonElement);
    this.stop = byId("stop", HTMLButtonElement);
    this.phase = byId("phase", HTMLElement);
    this.escape = byId("escape", HTMLElement);
    this.meter = byId("meter", HTMLElement);
    this.bar = byId("meter-level", HTMLElement);
    this.progress = byId("progress", HTMLProgressElement);
    this.file = byId("file", HTMLInputElement);
    this.shown = 0;
    this.moving = false;
    this.start.addEventListener("click", () => void controller.start());
    this.stop.addEventListener("click", () => void controller.stop());
    this.file.addEventListener("change", () => {
      const file = this.file.files?.[0];
      this.file.value = "";
      if (file) void controller.analyse(file);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) controller.escape();
    });
  }

  /** @param {Page} page @param {Translate} t */
  draw(page, t) {
    const idle = page.phase === "idle";
    const enrolling = page.cards.some(({ stage }) => stage === "opening" || stage === "listening");
    bilingual(this.start, t("button.start"), START);
    const { analysis } = page;
    if (analysis) bilingual(this.stop, t("button.cancel"), CANCEL);
    else bilingual(this.stop, t("button.stop"), STOP);
    this.meter.hidden = analysis !== null;
    this.progress.hidden = analysis === null;
    this.progress.value = analysis?.progress ?? 0;
    if (this.start.hidden === idle) this.swap(idle);
    this.start.disabled = enrolling;
    this.stop.disabled = page.phase === "stopping";
    this.file.disabled = !idle || enrolling;
    this.escape.hidden = idle || page.phase === "stopping";
    setText(this.phase, phaseOf(page, t));
    setAttribute(this.phase, "data-phase", page.phase);
    if (!this.moving && this.controller.purpose !== null) this.move();
  }

  /** Start and stop take each other's place, and the focus with it. @param {boolean} idle */
  swap(idle) {
    const [shown, hidden] = idle ? [this.start, this.stop] : [this.stop, this.start];
    const focused = document.activeElement === hidden;
    shown.hidden = false;
    hidden.hidden = true;
    if (focused) shown.focus();
  }

  /** The meter moves on its own, frame by frame, while there is something to hear. */
  move() {
    this.moving = true;
    const step = () => {
      this.shown = Math.max(this.controller.level, this.shown * FALL);
      this.bar.style.transform = `scaleX(${this.shown.toFixed(3)})`;
      setAttribute(this.meter, "aria-valuenow", String(10 * Math.round(10 * this.shown)));
      if (this.controller.purpose === null && this.shown < 0.01) this.moving = false;
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}

/**
 * The product's own words, beside those of the reader's language.
 * @param {HTMLButtonElement} button
 * @param {string} words
 * @param {string} korean
 */
function bilingual(button, words, korean) {
  const text = button.firstElementChild ?? button.appendChild(document.createElement("span"));
  setText(text, words);
  let small = button.querySelector("small");
  if (words === korean) {
    small?.remove();
    return;
  }
  if (!small) {
    small = button.appendChild(document.createElement("small"));
    small.lang = "ko";
  }
  setText(small, korean);
}

/** @param {Page} page @param {Translate} t */
function phaseOf(page, t) {
  if (page.analysis) {
    const { name, sending, progress, message, messageEn } = page.analysis;
    const doing = t.language === "ko" ? message : messageEn;
    return t(sending ? "phase.sending" : "phase.working", { name, doing, percent: Math.floor(progress) });
  }
  return t(/** @type {Key} */ (`phase.${page.phase}`));
}
