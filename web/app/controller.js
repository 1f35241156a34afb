/** What the buttons do: the microphone, the session and the state, brought together. */

import { listMicrophones, MicrophoneError, openMicrophone } from "../audio/microphone.js";
import { MuteWatch } from "../audio/mute_watch.js";
import { meter } from "../audio/packets.js";
import { Playback } from "../audio/playback.js";
import { Recording } from "../audio/recording.js";
import { SAMPLE_RATE } from "../audio/resampler.js";
import { buyToken } from "../connection/address.js";
import { Recordings } from "../connection/recordings.js";
import { Session } from "../connection/session.js";
import { Analysing } from "./analysing.js";

/** @typedef {import("../audio/microphone.js").Source} Source */
/** @typedef {import("../audio/packets.js").Packet} Packet */
/** @typedef {import("../state/actions.js").Action} Action */
/** @typedef {import("../state/actions.js").RegistrySpeaker} RegistrySpeaker */
/** @typedef {import("../state/conversation.js").Segment} Segment */
/** @typedef {import("../state/events.js").ServerEvent} ServerEvent */
/** @typedef {import("../state/link.js").Link} Link */
/** @typedef {import("../state/page.js").Page} Page */
/** @typedef {import("../state/store.js").Store<Page, Action>} PageStore */

/** What the audio is for: a conversation, or the enrolment of a speaker. @typedef {"talk" | number} Purpose */

/** Around a word that is heard again, seconds: its times are not exact. */
const MARGIN_S = 0.15;

export class Controller {
  /**
   * @param {PageStore} store
   * @param {string} base the page's address
   */
  constructor(store, base) {
    this.store = store;
    this.base = base;
    this.recording = new Recording();
    this.playback = new Playback();
    this.muteWatch = new MuteWatch();
    /** How loud it is now, 0 to 1; read by the meter in each frame. */
    this.level = 0;
    this.key = "";
    this.analysing = new Analysing(store, new Recordings(base, () => this.key), window.sessionStorage);
    /** @type {Source | null} */
    this.source = null;
    /** @type {Purpose | null} */
    this.purpose = null;
    /** Asked for, and not begun: the connection or the model is not there yet. */
    this.waiting = false;
    /** Counts what was begun, so that what was given up meanwhile is noticed. */
    this.attempt = 0;
    this.session = this.newSession();
  }

  get page() {
    return this.store.state;
  }

  /** Connect to the server. */
  begin() {
    this.session.open();
    void this.loadMicrophones();
    void this.analysing.resume();
  }

  /** Transcribe what the microphone hears. */
  async start() {
    if (this.page.phase !== "idle" || this.purpose !== null) return;
    this.store.dispatch({ type: "page/phase", phase: "opening" });
    await this.listenFor("talk");
  }

  /** Have a whole recording analysed. @param {File} file */
  async analyse(file) {
    if (this.page.phase !== "idle" || this.purpose !== null) return;
    const take = await this.analysing.begin(file);
    if (take && this.page.recording) this.recording.keepFile(take, file);
  }

  /** End the transcription; what is owed still comes. */
  async stop() {
    const { phase } = this.page;
    if (phase === "analysing") {
      this.analysing.cancel();
    } else if (phase === "opening" || phase === "waiting") {
      this.giveUp();
    } else if (phase === "starting" || phase === "live") {
      this.store.dispatch({ type: "page/phase", phase: "stopping" });
      await this.silence();
      if (phase === "live") this.session.stopTranscription();
    }
  }

  /** Enrol a speaker. @param {number} id */
  async enrol(id) {
    if (this.page.phase !== "idle" || this.purpose !== null) return;
    this.store.dispatch({ type: "page/enrolment_opening", id });
    await this.listenFor(id);
  }

  /** Give up the enrolment in progress, if there is one. */
  cancelEnrolment() {
    if (typeof this.purpose !== "number") return;
    const id = this.purpose;
    this.session.abandonRegistration();
    this.giveUp();
    this.store.dispatch({ type: "page/enrolment_cancelled", id });
  }

  /** What ESC does. */
  escape() {
    if (typeof this.purpose === "number") this.cancelEnrolment();
    else void this.stop();
  }

  /** Voices of the registry take the first places. @param {RegistrySpeaker[]} speakers */
  useRegistry(speakers) {
    this.store.dispatch({ type: "page/registry_used", speakers });
    this.session.useSpeakers(speakers.map(({ id }) => id));
  }

  /** Keep audio in the page from now on, or forget what was kept. @param {boolean} on */
  keepAudio(on) {
    if (!on) this.recording.clear();
    this.store.dispatch({ type: "page/recording", on });
  }

  /**
   * Hear a segment again, from a word on or as a whole.
   * @param {Segment} segment
   * @param {number | null} word its place in the segment; null = all of it
   */
  hear(segment, word) {
    const from = (word === null ? undefined : segment.words[word]) ?? segment;
    const [start, end] = [from.start - MARGIN_S, from.end + MARGIN_S];
    const samples = this.recording.between(segment.take, start, end);
    const file = this.recording.files.get(segment.take);
    if (samples) this.playback.play(samples);
    else if (file) void this.playback.playFile(file, start, end);
  }

  /** Try the connection now, or take the session back from another window. */
  reconnect() {
    this.session.open();
  }

  /** Come in with an API key. @param {string} key */
  giveKey(key) {
    this.key = key;
    this.store.dispatch({ type: "page/key_given" });
    this.session.open();
    void this.analysing.resume();
  }

  /** @param {import("../audio/microphone.js").MicrophoneOptions} options */
  chooseMicrophone(options) {
    this.store.dispatch({ type: "page/microphone_options", options });
  }

  /** @param {string} language that will be spoken: ISO 639-1, or `auto` */
  chooseLanguage(language) {
    this.store.dispatch({ type: "page/language", language });
  }

  /** @param {boolean} visible whether anybody looks at the page */
  setVisible(visible) {
    this.session.awake = visible;
    if (visible && this.page.link.state === "asleep") this.session.open();
  }

  /** The network came or went. @param {boolean} online */
  setOnline(online) {
    if (online) this.session.retryNow();
    else this.session.interrupt();
  }

  /** The page is left for good. */
  leave() {
    this.session.say({ type: "close" });
  }

  async loadMicrophones() {
    this.store.dispatch({ type: "page/microphones", devices: await listMicrophones() });
  }

  /** The voices that the server knows; asked once its workers are there to answer. */
  async loadRegistry() {
    try {
      const answer = await fetch(new URL("speakers", this.base), {
        headers: { ...(this.key && { "X-API-Key": this.key }), Accept: "application/json" },
      });
      if (!answer.ok) return;
      /** @type {{ prints: { speaker_id: string, name: string | null }[] }} */
      const { prints } = await answer.json();
      this.store.dispatch({
        type: "page/registry",
        speakers: prints.map(({ speaker_id: id, name }) => ({ id, name })),
      });
    } catch {
      // Away: the choice is not offered.
    }
  }

  /** @param {Purpose} purpose */
  async listenFor(purpose) {
    this.purpose = purpose;
    const attempt = (this.attempt += 1);
    let source;
    try {
      source = await openMicrophone(this.page.microphone.options, {
        onPacket: (packet) => attempt === this.attempt && this.take(packet),
        onMuted: (muted) => this.muteWatch.setTrackMuted(muted),
        onLost: () => attempt === this.attempt && this.loseMicrophone("lost"),
      });
    } catch (error) {
      if (attempt !== this.attempt) return;
      this.loseMicrophone(error instanceof MicrophoneError ? error.failure : "unknown");
      return;
    }
    if (attempt !== this.attempt) {
      await source.stop();
      return;
    }
    this.source = source;
    this.muteWatch = new MuteWatch();
    void this.loadMicrophones();
    this.wait();
  }

  /** Begin as soon as the server can. */
  wait() {
    this.waiting = true;
    if (this.purpose === "talk") this.store.dispatch({ type: "page/phase", phase: "waiting" });
    this.session.open();
    this.proceed();
  }

  proceed() {
    if (!this.waiting || this.page.link.state !== "open" || !this.page.ready) return;
    this.waiting = false;
    if (this.purpose === "talk") {
      this.store.dispatch({ type: "page/phase", phase: "starting" });
      this.recording.begin();
      this.session.startTranscription({
        type: "start_transcription",
        language: this.page.language,
        num_speakers: this.page.cards.length,
      });
    } else if (this.purpose !== null) {
      const name = this.page.cards[this.purpose]?.name.trim() ?? "";
      this.session.startRegistration(this.purpose, name);
    }
  }

  /** @param {Packet} packet */
  take({ pcm, peak, level }) {
    this.level = meter(level);
    const muted = this.muteWatch.hear(peak, pcm.length / SAMPLE_RATE);
    if (muted !== this.page.microphone.muted) {
      this.store.dispatch({ type: "page/microphone_muted", muted });
    }
    if (!this.session.listens) return;
    if (this.purpose === "talk") {
      if (this.page.recording) this.recording.append(pcm);
      else this.recording.skip(pcm.length);
    }
    this.session.sendAudio(pcm);
  }

  /** @param {ServerEvent} event */
  receive(event) {
    this.store.dispatch(event);
    switch (event.type) {
      case "model_loaded":
        void this.loadRegistry();
        this.proceed();
        break;
      case "transcription_started":
        this.recording.name(this.page.conversation.take);
        this.afterStart();
        break;
      case "speaker_registration_progress":
        if (this.page.cards[event.speaker_id]?.stage === "listening" && event.speech_seconds >= event.needed_seconds) {
          void this.completeEnrolment(event.speaker_id);
        }
        break;
      case "error":
        if (this.purpose !== null && !this.session.listens && !this.waiting) this.refuse(event.message);
        break;
    }
  }

  /** The server listens. */
  afterStart() {
    if (this.source === null) {
      // Stopped before the server had answered.
      this.store.dispatch({ type: "page/phase", phase: "stopping" });
      this.session.stopTranscription();
    }
  }

  /** @param {number} id */
  async completeEnrolment(id) {
    this.store.dispatch({ type: "page/enrolment_computing", id });
    await this.silence();
    this.session.completeRegistration(id);
  }

  /** @param {string} message why the server said no */
  refuse(message) {
    const id = this.purpose;
    this.giveUp();
    if (typeof id === "number") {
      this.store.dispatch({ type: "page/enrolment_failed", id, failure: message });
    }
  }

  /** @param {Link} link */
  follow(link) {
    this.store.dispatch({ type: "page/link", link });
    if (link.state === "open") {
      this.proceed();
    } else if (link.state === "gone") {
      this.beginAnew();
    } else if (link.state === "closed") {
      if (link.why === "unauthorized") {
        this.store.dispatch({ type: "page/key_wanted", wrong: this.key !== "" });
      }
      this.giveUp();
    }
  }

  /** The server forgot the session: a new one takes up what was going on. */
  beginAnew() {
    this.store.dispatch({ type: "page/session_lost" });
    this.session = this.newSession();
    if (this.purpose !== null && this.source !== null) this.wait();
    else this.giveUp();
    this.session.open();
  }

  /** @param {import("../audio/failures.js").MicrophoneFailure} failure */
  loseMicrophone(failure) {
    if (this.page.phase === "live") void this.stop();
    else if (typeof this.purpose === "number") this.cancelEnrolment();
    else this.giveUp();
    this.store.dispatch({ type: "page/microphone_failed", failure });
  }

  /** Drop whatever was begun, without a word to the server. */
  giveUp() {
    void this.silence();
    if (this.page.phase !== "idle" && this.page.phase !== "analysing") this.store.dispatch({ type: "page/phase", phase: "idle" });
  }

  /** Stop the source; resolves when its last packet has been taken. */
  async silence() {
    const source = this.source;
    this.source = null;
    this.waiting = false;
    this.level = 0;
    await source?.stop();
    if (this.source === null) {
      this.attempt += 1;
      this.purpose = null;
    }
  }

  newSession() {
    return new Session(
      {
        base: this.base,
        connect: (url) => new WebSocket(url),
        token: async () => (this.key ? buyToken(this.base, this.key) : null),
        later: (action, milliseconds) => window.setTimeout(action, milliseconds),
        cancel: (timer) => window.clearTimeout(timer),
        now: () => Date.now(),
      },
      {
        onEvent: (event) => this.receive(event),
        onLink: (link) => this.follow(link),
        onAudioLost: (seconds) => this.store.dispatch({ type: "page/audio_lost", seconds }),
      },
    );
  }
}
