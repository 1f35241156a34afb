/** The monitor: tiles for what counts now, lines for how it came to this. */

import { firstKey, hasWords, translator } from "../i18n/translate.js";
import { series } from "../state/monitor.js";
import { balance, lines } from "./charts.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { Frames } from "./frames.js";
import { Preferences } from "./preferences.js";
import { writeWords } from "./words.js";

/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/monitor.js").Monitor} Monitor */
/** @typedef {import("../state/monitor.js").MonitorAction} MonitorAction */
/** @typedef {import("../state/monitor.js").SystemStats} SystemStats */
/** @typedef {import("../state/monitor.js").DayStats} DayStats */

/** @typedef {{ label: string, value: string, note?: string, bad?: boolean }} Tile */

const PARTS = ["total", "endpointing", "stt", "diarization", "sentiment", "delivery"];
const MOODS = /** @type {const} */ (["positive", "neutral", "negative"]);

export class MonitorView {
  /** @param {import("../state/store.js").Store<Monitor, MonitorAction>} store */
  constructor(store) {
    this.store = store;
    this.board = byId("board", HTMLElement);
    this.status = byId("status", HTMLElement);
    this.statusText = byId("status-text", HTMLElement);
    this.t = translator("ko");
    this.frames = new Frames(() => this.draw());
    new Preferences((language, t) => {
      this.t = t;
      writeWords(language, t, "monitor.title");
      this.frames.request();
    });
    store.watch(() => this.frames.request());
  }

  draw() {
    const { link, history, days } = this.store.state;
    const { t } = this;
    setAttribute(this.status, "data-state", link === "live" ? "open" : link);
    setText(this.statusText, t(STATUS[link]));
    const newest = history.at(-1);
    const parts = newest ? contents(newest, history, days, t) : [element("p", { class: "hint", text: t("monitor.waiting") })];
    this.board.replaceChildren(...parts);
  }
}

const STATUS = /** @type {const} */ ({ connecting: "link.connecting", live: "monitor.live", lost: "monitor.lost" });

/**
 * @param {SystemStats} now
 * @param {readonly SystemStats[]} history
 * @param {readonly DayStats[]} days
 * @param {Translate} t
 */
function contents(now, history, days, t) {
  return [
    tiles([
      { label: t("monitor.sessions"), value: String(now.sessions) },
      { label: t("monitor.speakers"), value: String(now.speakers) },
      { label: t("monitor.utterances"), value: now.utterances.toLocaleString() },
      { label: t("monitor.failed"), value: now.failed.toLocaleString(), bad: now.failed > 0 },
      { label: t("monitor.silent"), value: now.silent.toLocaleString() },
      { label: t("monitor.dropped"), value: now.dropped.toLocaleString() },
      { label: t("monitor.rtf"), value: now.real_time_factor?.toFixed(2) ?? "–", note: t("monitor.rtf.about") },
    ]),
    column(
      block(t("monitor.workers"), workers(now, t)),
      block(t("monitor.sentiment"), moods(now, t)),
      block(`${t("monitor.sessions")} (${historyNote(history, t)})`, sessions(history, t)),
      ...(days.length ? [block(t("monitor.days", { days: days.length }), perDay(days, t))] : []),
    ),
    column(
      block(`${t("monitor.latency")} (${t("monitor.latency.note")})`, latency(now, history, t)),
      block(t("monitor.queues"), queues(now, history, t)),
    ),
  ];
}

/** @param {readonly SystemStats[]} history @param {Translate} t */
function historyNote(history, t) {
  return t("monitor.history", { minutes: Math.max(1, Math.round(history.length / 60)) });
}

/** @param {Tile[]} all */
function tiles(all) {
  return element("dl", { class: "tiles wide" }, ...all.map(({ label, value, note, bad }) => {
    const text = element("dd", { text: value });
    if (note) text.append(element("small", { text: note }));
    return element("div", { class: bad ? "tile bad" : "tile" }, element("dt", { text: label }), text);
  }));
}

/** @param {SystemStats} now @param {Translate} t */
function workers({ workers: alive }, t) {
  return tiles(Object.entries(alive).map(([stage, count]) => ({
    label: stageName(stage, t),
    value: count > 0 ? t("monitor.alive", { count }) : t("monitor.none"),
    bad: count === 0,
  })));
}

/** @param {SystemStats} now @param {readonly SystemStats[]} history @param {Translate} t */
function queues(now, history, t) {
  return table(Object.entries(now.queues).map(([name, depth]) => ({
    head: name,
    cells: [String(depth)],
    chart: lines([{ values: series(history, (one) => one.queues[name]), colour: "accent" }], `${name}: ${historyNote(history, t)}`),
  })));
}

/** @param {SystemStats} now @param {readonly SystemStats[]} history @param {Translate} t */
function latency(now, history, t) {
  const known = PARTS.filter((part) => part in now.latency_ms);
  return table(known.map((part) => {
    const of = now.latency_ms[part];
    const chart = lines(
      [
        { values: series(history, (one) => one.latency_ms[part]?.p95), colour: "1" },
        { values: series(history, (one) => one.latency_ms[part]?.p50), colour: "accent" },
      ],
      `${stageName(part, t)}: ${historyNote(history, t)}`,
    );
    return { head: stageName(part, t), cells: [`${time(of?.p50, t)} · ${time(of?.p95, t)}`], chart };
  }));
}

/** @param {SystemStats} now @param {Translate} t */
function moods({ sentiment }, t) {
  return tiles(MOODS.map((mood) => ({
    label: t(`mood.${mood}`),
    value: (sentiment[mood]?.count ?? 0).toLocaleString(),
    note: `${Math.round(100 * (sentiment[mood]?.share ?? 0))}%`,
  })));
}

/** @param {readonly SystemStats[]} history @param {Translate} t */
function sessions(history, t) {
  const values = series(history, (one) => one.sessions);
  return lines([{ values, colour: "accent" }], `${t("monitor.sessions")}: ${historyNote(history, t)}`);
}

/** @param {readonly DayStats[]} days @param {Translate} t */
function perDay(days, t) {
  const utterances = days.map((day) => day.utterances);
  const moods = days.map(({ sentiment }) => (sentiment.positive?.share ?? 0) - (sentiment.negative?.share ?? 0));
  const today = String(utterances.at(-1) ?? 0);
  return table([
    {
      head: t("monitor.utterances"),
      cells: [today],
      chart: lines([{ values: utterances, colour: "accent" }], `${t("monitor.utterances")}: ${today}`),
    },
    {
      head: t("monitor.sentiment"),
      cells: [`${Math.round(100 * (moods.at(-1) ?? 0))}%`],
      chart: balance(moods, t("monitor.days.balance")),
    },
  ]);
}

/** @param {{ head: string, cells: string[], chart: SVGElement }[]} rows */
function table(rows) {
  return element("table", {}, element("tbody", {}, ...rows.map(({ head, cells, chart }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", text: head }),
      ...cells.map((text) => element("td", { text })),
      element("td", { class: "trend" }, chart),
    ),
  )));
}

/** @param {string} name @param {Translate} t */
function stageName(name, t) {
  return hasWords(`stage.${name}`) ? t(firstKey(`stage.${name}`)) : name;
}

/** @param {number | null | undefined} value @param {Translate} t */
function time(value, t) {
  return value == null ? "–" : t("unit.milliseconds", { milliseconds: Math.round(value) });
}

/** @param {string} title @param {...Node} children */
function block(title, ...children) {
  return element("section", { class: "block" }, element("h2", { text: title }), ...children);
}

/** @param {...Node} blocks */
function column(...blocks) {
  return element("div", { class: "column" }, ...blocks);
}
