/** One session over as many connections as it takes: nothing said is lost, nothing comes twice. */

import { SAMPLE_RATE } from "../audio/resampler.js";
import { liveAddress } from "./address.js";
import { Backoff } from "./backoff.js";
import { ending } from "./endings.js";
import { Journal } from "./journal.js";
import { GapError, Reception } from "./reception.js";

/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {import("./messages.js").StartTranscription} StartTranscription */
/** @typedef {import("../state/events.js").ServerEvent} ServerEvent */
/** @typedef {import("../state/link.js").Link} Link */

/**
 * What a session needs of the world; tests bring their own.
 * @typedef {object} World
 * @property {string} base the page's address
 * @property {(url: string) => WebSocket} connect
 * @property {() => Promise<string | null>} token to connect with; null where none is needed
 * @property {(action: () => void, milliseconds: number) => number} later
 * @property {(timer: number) => void} cancel
 * @property {() => number} now milliseconds
 */

/**
 * @typedef {object} Listener
 * @property {(event: ServerEvent) => void} onEvent
 * @property {(link: Link) => void} onLink
 * @property {(seconds: number) => void} onAudioLost spoken during an outage, and not kept
 */

/** A server that says nothing after the handshake is as good as away. */
const WELCOME_MS = 15_000;
/** A third of the server's default patience. */
const KEEPALIVE_MS = 20_000;
/** Packets that wait for the server's yes: a minute. */
const MAX_EARLY = 1500;
/** Audio that the browser could not hand on: the network takes nothing. */
const STALLED_BYTES = 5 * SAMPLE_RATE * 2;

export class Session {
  /** @param {World} world @param {Listener} listener */
  constructor(world, listener) {
    this.world = world;
    this.listener = listener;
    this.backoff = new Backoff();
    /** @type {WebSocket | null} the connection in use or being made */
    this.socket = null;
    this.welcomed = false;
    /** Whether keepalives are worth their while. */
    this.awake = true;
    /** @type {number | null} */
    this.timer = null;
    /** @type {number | null} */
    this.pulse = null;
    this.journal = new Journal();
    this.reception = new Reception();
    /** @type {{ id: string, resumeToken: string } | null} */
    this.identity = null;
    this.ended = false;
    /** Whether the server was full when last asked. */
    this.busy = false;
    /** Spoken before the server said yes. @type {Int16Array[]} */
    this.early = [];
    /** Tells a connection in the making from one that was given up. */
    this.connecting = {};
  }

  /** Connect, now rather than later; a connection that is there stays. */
  open() {
    if (this.socket !== null) return;
    this.clearTimers();
    void this.connect();
  }

  /** Cut the connection without a word; `open` goes on with the session. */
  drop() {
    this.clearTimers();
    const socket = this.socket;
    this.connecting = {};
    this.socket = null;
    this.welcomed = false;
    socket?.close();
  }

  /** The network is away, says the browser: do not wait for a connection to notice. */
  interrupt() {
    if (this.socket !== null) this.lose(this.socket, "resume");
  }

  /** The network is back: try at once. */
  retryNow() {
    this.backoff.reset();
    if (this.timer !== null) this.open();
  }

  /** @param {StartTranscription} message */
  startTranscription(message) {
    this.early = [];
    this.journal.begin(message);
    this.say(message);
  }

  /** @param {number} speakerId @param {string} name empty = none */
  startRegistration(speakerId, name) {
    /** @type {import("./messages.js").StartRegistration} */
    const message = { type: "start_speaker_registration", speaker_id: speakerId, ...(name && { name }) };
    this.early = [];
    this.journal.begin(message);
    this.say(message);
  }

  /** @param {number} speakerId */
  completeRegistration(speakerId) {
    /** @type {import("./messages.js").CompleteRegistration} */
    const message = { type: "complete_speaker_registration", speaker_id: speakerId };
    this.journal.end(message);
    this.say(message);
  }

  stopTranscription() {
    /** @type {import("./messages.js").StopTranscription} */
    const message = { type: "stop_transcription" };
    this.journal.end(message);
    this.say(message);
  }

  /** @param {string[]} speakers ids of the registry, for the places 0, 1, … */
  useSpeakers(speakers) {
    this.journal.use(speakers);
    this.say({ type: "use_speakers", speakers });
  }

  /** Send audio, or keep it for when the connection is back. @param {Int16Array} pcm */
  sendAudio(pcm) {
    if (this.journal.opening) {
      this.early = [...this.early.slice(1 - MAX_EARLY), pcm];
      return;
    }
    if (!this.journal.listens) return;
    this.journal.audio(pcm);
    const socket = this.usable();
    if (socket === null) return;
    if (socket.bufferedAmount > STALLED_BYTES) this.lose(socket, "resume");
    else socket.send(pcm);
  }

  /** The registration in progress is not wanted any more; servers forget it with the next one. */
  abandonRegistration() {
    this.journal.abandon();
  }

  /** Whether audio goes out, or will once the connection is back. */
  get listens() {
    return this.journal.listens || this.journal.opening;
  }

  sendEarly() {
    const early = this.early;
    this.early = [];
    for (const pcm of early) this.sendAudio(pcm);
  }

  /** @param {ClientMessage} message */
  say(message) {
    this.usable()?.send(JSON.stringify(message));
  }

  /** @returns {WebSocket | null} */
  usable() {
    return this.welcomed && this.socket?.readyState === 1 ? this.socket : null;
  }

  async connect() {
    this.listener.onLink({ state: "connecting", attempt: this.backoff.attempt, busy: this.busy });
    const marker = (this.connecting = {});
    let token;
    try {
      token = await this.world.token();
    } catch {
      if (marker === this.connecting) this.retry(false);
      return;
    }
    if (marker !== this.connecting || this.socket !== null) return;
    const { identity } = this;
    const resuming = identity && {
      sessionId: identity.id,
      resumeToken: identity.resumeToken,
      lastEventId: this.reception.last,
    };
    const socket = this.world.connect(liveAddress(this.world.base, resuming, token));
    this.socket = socket;
    this.welcomed = false;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket === this.socket && this.receive(socket, data);
    socket.onclose = ({ code, reason }) => this.lose(socket, ending(code, reason, this.ended));
    this.timer = this.world.later(() => this.lose(socket, "resume"), WELCOME_MS);
  }

  /** @param {WebSocket} socket @param {unknown} frame */
  receive(socket, frame) {
    let event;
    try {
      event = this.reception.take(String(frame));
    } catch (error) {
      if (!(error instanceof GapError || error instanceof SyntaxError)) throw error;
      this.lose(socket, "resume");
      return;
    }
    if (event === null) return;
    this.journal.observe(event);
    if (this.journal.listens) this.sendEarly();
    if (event.type === "session_started") {
      this.identity = { id: event.session_id, resumeToken: event.resume_token };
      this.welcome(socket, []);
    } else if (event.type === "session_resumed") {
      const { items, lostSamples } = this.journal.missing(event);
      this.welcome(socket, items);
      if (lostSamples > 0) this.listener.onAudioLost(lostSamples / SAMPLE_RATE);
    } else if (event.type === "session_ended") {
      this.ended = true;
    }
    if (event.event_id !== undefined) this.backoff.reset();
    this.listener.onEvent(event);
  }

  /** @param {WebSocket} socket @param {(ClientMessage | Int16Array)[]} missing */
  welcome(socket, missing) {
    this.clearTimers();
    this.welcomed = true;
    this.busy = false;
    for (const item of missing) {
      socket.send(item instanceof Int16Array ? item.slice() : JSON.stringify(item));
    }
    this.listener.onLink({ state: "open" });
    this.stayAwake();
  }

  stayAwake() {
    this.pulse = this.world.later(() => {
      this.backoff.reset();
      if (this.awake || this.journal.busy) this.say({ type: "keepalive" });
      this.stayAwake();
    }, KEEPALIVE_MS);
  }

  /** @param {WebSocket} socket @param {import("./endings.js").Ending} why */
  lose(socket, why) {
    if (socket !== this.socket) return;
    this.drop();
    switch (why) {
      case "resume":
      case "busy":
        this.retry(why === "busy");
        break;
      case "gone":
        this.listener.onLink({ state: "gone" });
        break;
      case "idle":
        this.listener.onLink({ state: "asleep" });
        break;
      default:
        this.listener.onLink({ state: "closed", why });
    }
  }

  /** @param {boolean} busy whether the server is there, and full */
  retry(busy) {
    this.busy = busy;
    const delay = this.backoff.next(busy);
    const at = this.world.now() + delay;
    this.listener.onLink({ state: "lost", busy, retryAt: at, attempt: this.backoff.attempt });
    this.timer = this.world.later(() => this.open(), delay);
  }

  clearTimers() {
    if (this.timer !== null) this.world.cancel(this.timer);
    if (this.pulse !== null) this.world.cancel(this.pulse);
    this.timer = this.pulse = null;
  }
}
