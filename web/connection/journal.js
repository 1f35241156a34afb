/** What a session was asked to do and sent lately: enough to say it again after a cut. */

import { ENROLMENT_FAILURES } from "../state/speakers.js";
import { AudioHistory } from "./history.js";

/** @typedef {import("./messages.js").ClientMessage} ClientMessage */
/** @typedef {import("./messages.js").StartTranscription} StartTranscription */
/** @typedef {import("./messages.js").StartRegistration} StartRegistration */
/** @typedef {import("./messages.js").StopTranscription} StopTranscription */
/** @typedef {import("./messages.js").CompleteRegistration} CompleteRegistration */
/** @typedef {import("../state/events.js").ServerEvent} ServerEvent */
/** @typedef {import("../state/events.js").SessionResumed} SessionResumed */

/**
 * @typedef {object} Missing
 * @property {(ClientMessage | Int16Array)[]} items in the order to send them
 * @property {number} lostSamples spoken during too long an outage: silence took their place
 */

/**
 * At any time there is at most one stretch, a transcription or a registration: opened by a
 * message, acknowledged by an event, closed by another pair of them. Audio counts from the
 * opening on and follows only on the acknowledgement, so that after a cut the session's state
 * tells without doubt which messages arrived.
 */
export class Journal {
  constructor() {
    /** @type {StartTranscription | StartRegistration | null} */
    this.begun = null;
    this.acknowledged = false;
    /** @type {StopTranscription | CompleteRegistration | null} */
    this.ending = null;
    /** @type {Set<number>} places in `use_speakers` that were not answered */
    this.unanswered = new Set();
    /** @type {string[]} */
    this.used = [];
    this.history = new AudioHistory();
  }

  /** Whether audio is wanted. */
  get listens() {
    return this.begun !== null && this.acknowledged && this.ending === null;
  }

  /** Whether audio will be wanted once the server said yes. */
  get opening() {
    return this.begun !== null && !this.acknowledged && this.ending === null;
  }

  /** Whether something was asked for whose end has not come. */
  get busy() {
    return this.begun !== null || this.unanswered.size > 0;
  }

  /** @param {StartTranscription | StartRegistration} message */
  begin(message) {
    this.begun = message;
    this.acknowledged = false;
    this.ending = null;
    this.history = new AudioHistory();
  }

  /** @param {StopTranscription | CompleteRegistration} message */
  end(message) {
    this.ending = message;
  }

  /** A registration is not wanted any more. */
  abandon() {
    this.begun = null;
  }

  /** @param {string[]} speakers */
  use(speakers) {
    this.used = speakers;
    this.unanswered = new Set(speakers.keys());
  }

  /** @param {Int16Array} pcm */
  audio(pcm) {
    this.history.append(pcm);
  }

  /** Note what the server answered. @param {ServerEvent} event */
  observe(event) {
    switch (event.type) {
      case "transcription_started":
      case "speaker_registration_started":
        this.acknowledged = true;
        break;
      case "transcription_stopped":
        if (this.begun?.type === "start_transcription") this.begun = null;
        break;
      case "speaker_registration_completed":
      case "speaker_registration_failed":
        this.unanswered.delete(event.speaker_id);
        if (this.begun?.type === "start_speaker_registration") this.begun = null;
        break;
      case "error":
        if (!this.acknowledged) this.begun = null;
        this.unanswered.clear();
        break;
      case "warning":
        // A registration that no worker could compute ends with a warning.
        if (this.ending?.type === "complete_speaker_registration" && ENROLMENT_FAILURES.has(event.code)) {
          this.begun = null;
        }
        break;
    }
  }

  /**
   * What the server has not got.
   * @param {SessionResumed} resumed
   * @returns {Missing}
   */
  missing(resumed) {
    const stretch = this.missingOfStretch(resumed);
    if (this.unanswered.size === 0) return stretch;
    return {
      ...stretch,
      items: [{ type: "use_speakers", speakers: this.used }, ...stretch.items],
    };
  }

  /** @param {SessionResumed} resumed @returns {Missing} */
  missingOfStretch(resumed) {
    const nothing = { items: [], lostSamples: 0 };
    if (this.begun === null) return nothing;
    if (this.begun.type === "start_transcription") {
      if (this.acknowledged) {
        return resumed.state === "transcribing" ? this.rest(resumed.samples_received) : nothing;
      }
      return resumed.state === "idle" ? { items: [this.begun], lostSamples: 0 } : nothing;
    }
    if (this.acknowledged && this.ending !== null && resumed.state === "idle") return nothing;
    // Servers forget a registration that is not complete: it begins anew.
    this.acknowledged = false;
    const { items, lostSamples } = this.rest(0);
    return { items: [this.begun, ...items], lostSamples };
  }

  /** @param {number} sample @returns {Missing} */
  rest(sample) {
    const { frames, lostSamples } = this.history.from(sample);
    return { items: this.ending ? [...frames, this.ending] : frames, lostSamples };
  }
}
