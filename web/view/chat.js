/** The conversation: rows that follow the state, and a reader who is never pulled away. */

import { placeOf } from "../state/grouping.js";
import { Row } from "./bubble.js";
import { byId, element, setText } from "./dom.js";
import { wordAt } from "./word_at.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../state/conversation.js").Conversation} Conversation */
/** @typedef {import("../state/conversation.js").Interim} Interim */
/** @typedef {import("../state/conversation.js").Item} Item */
/** @typedef {import("./bubble.js").Speech} Speech */

/** Rows in the DOM; older ones are in the exports. */
const MAX_ROWS = 6000;
/** How many go at once, so that most frames remove none. */
const DROP = 500;
/** Rows that are shown or skipped together: about two screens. */
const CHUNK = 32;
/** A reader this close to the end, in pixels, follows. */
const NEAR = 60;

export class Chat {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.scroller = byId("chat", HTMLElement);
    this.list = byId("items", HTMLElement);
    this.interims = byId("interims", HTMLElement);
    this.note = byId("chat-note", HTMLElement);
    this.newest = byId("newest", HTMLButtonElement);
    this.welcome = byId("welcome", HTMLElement);
    /** @type {Row[]} */
    this.rows = [];
    /** @type {readonly Item[]} */
    this.drawn = [];
    /** @type {readonly Interim[]} */
    this.drawnInterims = [];
    this.forgotten = 0;
    /** Items at the beginning that have no row any more. */
    this.skipped = 0;
    this.following = true;
    this.unread = 0;
    /** @type {Speech | null} */
    this.speech = null;
    this.listen();
  }

  listen() {
    this.scroller.addEventListener("scroll", () => this.noticeScroll(), { passive: true });
    // Rows outside the view have an estimated height until they are seen.
    new ResizeObserver(() => this.follow()).observe(this.list);
    new ResizeObserver(() => this.follow()).observe(this.scroller);
    this.newest.addEventListener("click", () => this.jump());
    this.list.addEventListener("click", (event) => this.hear(event));
    this.scroller.addEventListener("keydown", (event) => this.move(event));
  }

  /** @param {Conversation} conversation @param {Speech} speech @param {boolean} quiet whether nothing goes on */
  draw(conversation, speech, quiet) {
    if (speech !== this.speech) this.reset(speech);
    const { items, interims } = conversation;
    if (items !== this.drawn) this.drawItems(items, conversation.forgotten, speech);
    if (interims !== this.drawnInterims) this.drawInterims(interims, speech);
    this.welcome.hidden = !(quiet && items.length === 0);
    this.drawNewest(speech);
    this.follow();
  }

  /** @param {readonly Item[]} items @param {number} forgotten @param {Speech} speech */
  drawItems(items, forgotten, speech) {
    const gone = forgotten - this.forgotten;
    this.forgotten = forgotten;
    if (items.length === 0) this.reset(speech);
    else this.shift(-gone);
    const before = this.rows.length;
    this.updateRows(items);
    this.appendRows(items, speech);
    if (!this.following) this.unread += this.rows.length - before;
    if (this.rows.length > MAX_ROWS) {
      const surplus = this.rows.length - MAX_ROWS + DROP;
      this.removeOldest(surplus);
      this.skipped += surplus;
    }
    this.drawn = items;
    this.note.hidden = this.skipped === 0 && forgotten === 0;
    const about = this.skipped > 0 ? "chat.earlier" : "chat.forgotten";
    setText(this.note, speech.t(about, { count: this.skipped || forgotten }));
  }

  /** Bring the rows there are in line with what changed. @param {readonly Item[]} items */
  updateRows(items) {
    const changed = new Set();
    for (let at = 0; at < this.rows.length; at += 1) {
      const item = items[this.skipped + at];
      if (item !== this.rows[at]?.item) for (const near of [at - 1, at, at + 1]) changed.add(near);
    }
    // The last row may end its group, or not, by what comes next.
    if (items.length > this.skipped + this.rows.length) changed.add(this.rows.length - 1);
    const moved = [...changed].flatMap((at) => this.rows[at] ?? []).filter((row) => {
      const item = items[this.skipped + this.rows.indexOf(row)];
      return row.item.kind === "segment" && item?.kind === "segment" && row.item.speakerId !== item.speakerId;
    });
    const places = new Map(moved.map((row) => [row, row.text?.getBoundingClientRect()]));
    for (const at of changed) {
      const index = this.skipped + at;
      const item = items[index];
      if (item) this.rows[at]?.update(item, placeOf(items[index - 1], item, items[index + 1]));
    }
    for (const [row, from] of places) glide(row.text, from);
  }

  /** @param {readonly Item[]} items @param {Speech} speech */
  appendRows(items, speech) {
    for (let index = this.skipped + this.rows.length; index < items.length; index += 1) {
      const item = /** @type {Item} */ (items[index]);
      const row = new Row(item, speech);
      row.update(item, placeOf(items[index - 1], item, items[index + 1]));
      this.rows.push(row);
      this.chunkWithRoom().append(row.node);
    }
  }

  /** The browser skips whole chunks out of sight; skipping rows one by one costs it too much. */
  chunkWithRoom() {
    const newest = this.list.lastElementChild;
    if (newest && newest.childElementCount < CHUNK) return newest;
    return this.list.appendChild(element("ol", { class: "chunk" }));
  }

  /** @param {number} count */
  removeOldest(count) {
    for (const { node } of this.rows.splice(0, count)) {
      const chunk = node.parentElement;
      node.remove();
      if (chunk?.childElementCount === 0) chunk.remove();
    }
  }

  /** The items moved up, and those before the first are gone. @param {number} by zero or less */
  shift(by) {
    this.skipped += by;
    if (this.skipped >= 0) return;
    this.removeOldest(-this.skipped);
    this.skipped = 0;
  }

  /** @param {readonly Interim[]} interims @param {Speech} speech */
  drawInterims(interims, speech) {
    this.drawnInterims = interims;
    while (this.interims.children.length > interims.length) this.interims.lastElementChild?.remove();
    for (const [at, interim] of interims.entries()) {
      const node = this.interims.children[at] ?? this.interims.appendChild(newInterim(speech));
      const [settled, open] = node.querySelectorAll(".settled, .open");
      if (settled) setText(settled, interim.text.slice(0, interim.stable));
      if (open) setText(open, interim.text.slice(interim.stable));
      node.classList.toggle("waiting", interim.text === "");
    }
  }

  /** @param {Speech} speech */
  drawNewest(speech) {
    const shown = !this.following && this.unread > 0;
    this.newest.hidden = !shown;
    if (shown) setText(this.newest, speech.t("chat.new", { count: this.unread }));
  }

  /** @param {Speech} speech */
  reset(speech) {
    this.speech = speech;
    this.rows = [];
    this.drawn = [];
    this.skipped = 0;
    this.drawnInterims = [];
    this.list.replaceChildren();
    this.interims.replaceChildren();
    this.following = true;
    this.unread = 0;
  }

  noticeScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR;
    if (!this.following) return;
    this.unread = 0;
    this.newest.hidden = true;
  }

  follow() {
    if (this.following) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  jump() {
    this.following = true;
    this.unread = 0;
    this.newest.hidden = true;
    this.follow();
    this.scroller.focus();
  }

  /** @param {MouseEvent} event */
  hear(event) {
    const row = this.rowOf(event.target);
    if (!row || row.item.kind !== "segment" || !row.text?.contains(/** @type {Node} */ (event.target))) return;
    this.controller.hear(row.item, wordAt(event, row.item));
  }

  /** Arrows go from bubble to bubble; Enter plays one. @param {KeyboardEvent} event */
  move(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = this.rowOf(document.activeElement);
    if (event.key === "Enter" && row?.item.kind === "segment") this.controller.hear(row.item, null);
    if (step === undefined || this.rows.length === 0) return;
    event.preventDefault();
    const from = row ? this.rows.indexOf(row) : step < 0 ? this.rows.length : this.rows.length - 2;
    const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, from + step))];
    next?.node.focus();
  }

  /** @param {EventTarget | null} target */
  rowOf(target) {
    const node = target instanceof Element ? target.closest("li.item") : null;
    return node ? this.rows.find((row) => row.node === node) : undefined;
  }
}

/** @param {Speech} speech */
function newInterim({ t }) {
  return element(
    "div",
    { class: "interim" },
    element("span", { class: "hidden", text: t("chat.interim") }),
    element(
      "p",
      { class: "bubble" },
      element("span", { class: "settled" }),
      element("span", { class: "open" }),
      element("span", { class: "typing", "aria-hidden": "true" }),
    ),
  );
}

/**
 * Let a bubble that was put elsewhere glide there.
 * @param {HTMLElement | undefined} node
 * @param {DOMRect | undefined} from where it was
 */
function glide(node, from) {
  if (!node || !from || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = node.getBoundingClientRect();
  const start = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  node.animate([{ transform: start }, { transform: "none" }], { duration: 350, easing: "ease-in-out" });
}
