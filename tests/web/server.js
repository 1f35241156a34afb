/** A server as a session sees it, and a clock that only tests move. */

import { Session } from "../../web/connection/session.js";

export const ENGINES = { stt: null, diarization: null, sentiment: null };

export class FakeSocket {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.readyState = 1;
    this.bufferedAmount = 0;
    /** @type {(Record<string, any> | Int16Array)[]} */
    this.sent = [];
    this.binaryType = "blob";
    /** @type {(event: { data: unknown }) => void} */
    this.onmessage = () => {};
    /** @type {(event: { code: number, reason: string }) => void} */
    this.onclose = () => {};
  }

  /** @param {string | Int16Array} item */
  send(item) {
    this.sent.push(typeof item === "string" ? JSON.parse(item) : item);
  }

  close() {
    this.readyState = 3;
  }

  /** @param {Record<string, unknown>} event */
  tell(event) {
    this.onmessage({ data: JSON.stringify({ session_id: "s", ...event }) });
  }

  /** @param {number} code @param {string} [reason] */
  cut(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }

  /** The samples that went out, in order. */
  get samples() {
    return this.sent.flatMap((item) => (item instanceof Int16Array ? [...item] : []));
  }

  /** The messages that went out, in order. */
  get messages() {
    return this.sent.flatMap((item) => (item instanceof Int16Array ? [] : [item["type"]]));
  }
}

/** A session on fake sockets: `last()` is the newest of them, `pass()` lets the next timer run. */
export async function newSession() {
  /** @type {FakeSocket[]} */
  const sockets = [];
  /** @type {Map<number, { action: () => void, due: number }>} */
  const timers = new Map();
  let now = 0;
  let names = 0;
  /** @type {any[]} */
  const events = [];
  /** @type {any[]} */
  const links = [];
  /** @type {number[]} */
  const lost = [];
  const session = new Session(
    {
      base: "https://sori.example/talk/?x=1",
      connect: (url) => /** @type {any} */ (sockets[sockets.push(new FakeSocket(url)) - 1]),
      token: () => Promise.resolve(null),
      later: (action, milliseconds) => {
        names += 1;
        timers.set(names, { action, due: now + milliseconds });
        return names;
      },
      cancel: (timer) => void timers.delete(timer),
      now: () => now,
    },
    {
      onEvent: (event) => void events.push(event),
      onLink: (link) => void links.push(link),
      onAudioLost: (seconds) => void lost.push(seconds),
    },
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async () => {
    const [next] = [...timers].sort(([, a], [, b]) => a.due - b.due);
    if (!next) throw new Error("no timer is set");
    const [name, { action, due }] = next;
    timers.delete(name);
    now = due;
    action();
    await settle();
    return due;
  };
  session.open();
  await settle();
  const last = () => /** @type {FakeSocket} */ (sockets[sockets.length - 1]);
  const begin = () => {
    last().tell({ type: "session_started", event_id: 1, resume_token: "secret", engines: ENGINES, limits: {} });
  };
  return { session, sockets, events, links, lost, last, pass, begin, settle };
}

/** @param {number} from @param {number} count */
export function ramp(from, count) {
  return Int16Array.from({ length: count }, (_, at) => (from + at) % 30_000);
}
