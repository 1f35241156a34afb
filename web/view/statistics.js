/** Statistics beside the chat: who talks how much, how it feels, how fast it comes. */

import { speakerName } from "../i18n/translate.js";
import { colourOf } from "../state/grouping.js";
import { statisticsOf } from "../state/statistics.js";
import { balance, lines, ring } from "./charts.js";
import { byId, element } from "./dom.js";

/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/conversation.js").Item} Item */
/** @typedef {import("../state/page.js").Page} Page */
/** @typedef {import("../state/statistics.js").Statistics} Numbers */

/** While people talk, milliseconds between two drawings. */
const PAUSE_MS = 500;

export class StatisticsView {
  /** @param {() => void} again asks for another frame, later */
  constructor(again) {
    this.place = byId("statistics", HTMLElement);
    this.engines = byId("engines", HTMLElement);
    this.again = again;
    this.drawnAt = 0;
    /** @type {number | null} */
    this.timer = null;
    /** @type {unknown[]} */
    this.drawn = [];
    /** @type {unknown[]} */
    this.drawnEngines = [];
  }

  /** @param {Page} page @param {Translate} t */
  draw(page, t) {
    this.drawEngines(page, t);
    const wanted = [page.conversation.items, page.finished, t];
    if (wanted.every((one, at) => one === this.drawn[at])) return;
    const wait = this.drawnAt + PAUSE_MS - performance.now();
    if (wait > 0 && !page.finished) {
      this.timer ??= window.setTimeout(() => {
        this.timer = null;
        this.again();
      }, wait);
      return;
    }
    this.drawnAt = performance.now();
    this.drawn = wanted;
    this.place.replaceChildren(...contents(statisticsOf(page.conversation.items), page.finished, t));
  }

  /** @param {Page} page @param {Translate} t */
  drawEngines({ engines }, t) {
    if (this.drawnEngines[0] === engines && this.drawnEngines[1] === t) return;
    this.drawnEngines = [engines, t];
    const rows = /** @type {const} */ (["stt", "diarization", "sentiment"]).flatMap((stage) => {
      const engine = engines?.[stage];
      const text = engine ? `${engine.name} · ${engine.model} · ${engine.device}` : t("engine.none");
      return [element("dt", { text: t(`engine.${stage}`) }), element("dd", { text })];
    });
    this.engines.replaceChildren(...rows);
  }
}

/** @param {Numbers} numbers @param {boolean} finished @param {Translate} t @returns {HTMLElement[]} */
function contents(numbers, finished, t) {
  if (numbers.segments === 0) return [element("p", { class: "hint", text: t("statistics.empty") })];
  const title = finished ? [element("p", { class: "final", text: t("statistics.final") })] : [];
  const times = numbers.latency.p50 === null ? [] : [latency(numbers, t)];
  return [...title, totals(numbers, t), shares(numbers, t), moods(numbers, t), ...times];
}

/** @param {Numbers} numbers @param {Translate} t */
function totals({ segments, words, seconds }, t) {
  const tile = (/** @type {string} */ label, /** @type {string} */ value) =>
    element("div", { class: "tile" }, element("dt", { text: label }), element("dd", { text: value }));
  return element(
    "dl",
    { class: "tiles" },
    tile(t("statistics.segments"), String(segments)),
    tile(t("statistics.words"), String(words)),
    tile(t("statistics.seconds"), t("unit.seconds", { seconds: Math.round(seconds) })),
  );
}

/** @param {Numbers} numbers @param {Translate} t */
function shares({ speakers }, t) {
  const rows = speakers.map((one) => {
    const name = speakerName(t, one.id, one.speaker);
    const share = Math.round(100 * one.share);
    const about = t("statistics.share.of", { name, share, seconds: one.seconds.toFixed(0), words: one.words });
    return { colour: String(colourOf(one.id)), name, share: one.share, percent: `${share}%`, about };
  });
  const chart = ring(rows, rows.map(({ about }) => about).join("; "));
  const list = element(
    "ul",
    { class: "legend" },
    ...rows.map(({ colour, name, percent, about }) =>
      element(
        "li",
        { "data-colour": colour, title: about },
        element("span", { class: "key", "aria-hidden": "true" }),
        element("span", { class: "who", text: name }),
        element("span", { class: "value", text: percent }),
      ),
    ),
  );
  const both = element("div", { class: "side-by-side" });
  both.append(chart, list);
  return block(t("statistics.share"), both);
}

/** @param {Numbers} numbers @param {Translate} t */
function moods({ moods: counts, shares: of, timeline }, t) {
  const summary = t("statistics.summary", {
    positive: counts.positive,
    positiveShare: of.positive,
    negative: counts.negative,
    negativeShare: of.negative,
  });
  const felt = element("div", { class: "felt", "aria-hidden": "true" });
  for (const mood of /** @type {const} */ (["positive", "neutral", "negative"])) {
    const part = element("span", { "data-mood": mood });
    part.style.flexGrow = String(counts[mood]);
    felt.append(part);
  }
  const chart = balance(timeline.map((one) => one.balance), t("statistics.timeline.about", { summary }));
  const words = element("p", { class: "summary", text: summary });
  const neutral = element("p", { class: "hint", text: t("statistics.neutral", { neutral: counts.neutral }) });
  return block(t("statistics.mood"), words, felt, neutral, element("h4", { text: t("statistics.timeline") }), chart);
}

/** @param {Numbers} numbers @param {Translate} t */
function latency({ latency: { p50, p95, recent } }, t) {
  const value = t("statistics.latency.value", { p50: milliseconds(p50, t), p95: milliseconds(p95, t) });
  const chart = lines([{ values: recent, colour: "accent" }], `${t("statistics.latency")}: ${value}`);
  return block(t("statistics.latency"), element("p", { class: "summary", text: value }), chart);
}

/** @param {number | null} value @param {Translate} t */
function milliseconds(value, t) {
  if (value === null) return "–";
  if (value < 1000) return t("unit.milliseconds", { milliseconds: Math.round(value) });
  return t("unit.seconds", { seconds: (value / 1000).toFixed(1) });
}

/** @param {string} title @param {...Node} children */
function block(title, ...children) {
  return element("section", { class: "block" }, element("h3", { text: title }), ...children);
}
