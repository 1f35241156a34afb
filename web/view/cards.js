/** A card per speaker: a name, a ring that fills with speech, and how it went. */

import { firstKey } from "../i18n/translate.js";
import { MAX_SPEAKERS } from "../state/speakers.js";
import { byId, element, setAttribute, setText, svg } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/page.js").Page} Page */
/** @typedef {import("../state/speakers.js").Card} Card */

const RADIUS = 25;
const ROUND = 2 * Math.PI * RADIUS;

export class Cards {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.list = byId("cards", HTMLElement);
    this.add = byId("card-add", HTMLButtonElement);
    this.remove = byId("card-remove", HTMLButtonElement);
    /** @type {CardView[]} */
    this.views = [];
    this.add.addEventListener("click", () => controller.store.dispatch({ type: "page/card_added" }));
    this.remove.addEventListener("click", () => controller.store.dispatch({ type: "page/card_removed" }));
  }

  /** @param {Page} page @param {Translate} t */
  draw(page, t) {
    const { cards } = page;
    while (this.views.length > cards.length) this.views.pop()?.node.remove();
    for (const [at, card] of cards.entries()) {
      let view = this.views[at];
      if (!view) {
        view = new CardView(card.id, this.controller);
        this.views.push(view);
        this.list.append(view.node);
      }
      view.draw(card, page, t);
    }
    const busy = page.phase !== "idle" || cards.some(({ stage }) => UNDER_WAY.has(stage));
    this.add.disabled = busy || cards.length >= MAX_SPEAKERS;
    this.remove.disabled = busy || cards.length <= 1;
  }
}

const UNDER_WAY = new Set(["opening", "listening", "computing"]);

class CardView {
  /** @param {number} id @param {Controller} controller */
  constructor(id, controller) {
    this.ring = svg("circle", { class: "ring-full", cx: 30, cy: 30, r: RADIUS, "stroke-dasharray": ROUND, "stroke-dashoffset": ROUND });
    // The sign is drawn, as not every system has a font for it, and is there for who reads text.
    this.number = element("span");
    this.badge = element("span", { class: "badge" }, this.number, svg("svg", { class: "check", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: "M5 12.5l4.5 4.5L19 7.5" })));
    this.name = element("input", { type: "text", maxlength: "100", autocomplete: "off", spellcheck: "false" });
    this.state = element("p", { class: "state", role: "status" });
    this.label = element("span");
    this.korean = element("small", { lang: "ko" });
    this.button = element("button", { type: "button", class: "enrol" }, this.label, this.korean);
    const ring = svg("svg", { class: "ring", viewBox: "0 0 60 60", "aria-hidden": "true" }, svg("circle", { class: "ring-empty", cx: 30, cy: 30, r: RADIUS }), this.ring);
    this.node = element(
      "li",
      { class: "card", "data-colour": String(id) },
      element("div", { class: "portrait" }, ring, this.badge),
      element("div", { class: "about" }, this.name, this.state),
      this.button,
    );
    this.name.addEventListener("input", () => {
      controller.store.dispatch({ type: "page/card_named", id, name: this.name.value });
    });
    this.button.addEventListener("click", () => {
      if (this.node.dataset["stage"] === "listening" || this.node.dataset["stage"] === "opening") controller.cancelEnrolment();
      else void controller.enrol(id);
    });
  }

  /** @param {Card} card @param {Page} page @param {Translate} t */
  draw(card, page, t) {
    const number = card.id + 1;
    const under = UNDER_WAY.has(card.stage);
    const others = page.cards.some((one) => one.id !== card.id && UNDER_WAY.has(one.stage));
    setAttribute(this.node, "data-stage", card.stage);
    setAttribute(this.name, "aria-label", t("speakers.name", { number }));
    setAttribute(this.name, "placeholder", t("speaker.numbered", { number }));
    if (this.name.value !== card.name) this.name.value = card.name;
    this.name.disabled = under;
    setText(this.number, card.stage === "done" ? "✅" : String(number));
    const full = card.stage === "done" || card.stage === "computing" ? 1 : Math.min(1, card.speech / card.needed);
    setAttribute(this.ring, "stroke-dashoffset", String(ROUND * (1 - full)));
    setText(this.state, stateOf(card, page, t));
    const key = buttonOf(card.stage);
    setText(this.label, t(key));
    setText(this.korean, key === "button.enrol" && t(key) !== KOREAN ? KOREAN : "");
    this.button.disabled = card.stage === "computing" || others || page.phase !== "idle";
  }
}

const KOREAN = "목소리 등록하기";

/** @param {import("../state/speakers.js").Stage} stage */
function buttonOf(stage) {
  if (stage === "opening" || stage === "listening") return "button.cancel";
  return stage === "done" || stage === "failed" ? "button.again" : "button.enrol";
}

/** @param {Card} card @param {Page} page @param {Translate} t */
function stateOf(card, page, t) {
  const number = card.id + 1;
  switch (card.stage) {
    case "opening":
      return t(page.ready && page.link.state === "open" ? "card.opening" : "card.waiting");
    case "listening":
      return card.speech > 0
        ? t("card.progress", { speech: card.speech.toFixed(1), needed: card.needed.toFixed(0) })
        : t("card.listening", { number });
    case "done":
      return `${t("card.done", { number })} ${t("card.quality", { quality: Math.round(100 * card.quality) })}`;
    case "failed":
      return t(firstKey(`card.failed.${card.failure}`, "card.failed.other"));
    default:
      return t(card.stage === "computing" ? "card.computing" : "card.empty");
  }
}
