/** The whole page as one value, and how each action changes it. */

import { reduceAnalysis } from "./analysis.js";
import { EMPTY, reduceConversation } from "./conversation.js";
import { initialCards, reduceCards } from "./speakers.js";

/** @typedef {import("./actions.js").Action} Action */

/**
 * @typedef {"idle" | "opening" | "waiting" | "starting" | "live" | "stopping" | "analysing"} Phase
 * - opening: the microphone is being opened
 * - waiting: for the connection, or for the speech model
 * - starting: the server was asked
 * - stopping: what is owed is still coming
 * - analysing: a recording is being sent, or is in work
 */

/**
 * Something to be told, until its reason is gone or it is closed.
 * @typedef {object} Notice
 * @property {string} code which words to use
 * @property {"info" | "warning" | "error"} kind
 * @property {string} detail the server's own words, or a number; empty = none
 */

/**
 * @typedef {object} Microphone
 * @property {import("../audio/failures.js").MicrophoneFailure | null} failure
 * @property {boolean} muted
 * @property {readonly { id: string, label: string }[]} devices
 * @property {import("../audio/microphone.js").MicrophoneOptions} options
 */

/**
 * @typedef {object} Page
 * @property {import("./link.js").Link} link
 * @property {import("./events.js").Engines | null} engines
 * @property {boolean} ready a worker of each stage is
 * @property {Phase} phase
 * @property {import("./analysis.js").Analysis | null} analysis of a recording, while it goes on
 * @property {string} language that will be spoken: ISO 639-1, or `auto`
 * @property {boolean} finished a transcription came to its end: show the final summary
 * @property {boolean} recording whether audio is kept in the page
 * @property {null | { wrong: boolean }} keyWanted
 * @property {Microphone} microphone
 * @property {readonly import("./speakers.js").Card[]} cards
 * @property {readonly import("./actions.js").RegistrySpeaker[]} registry
 * @property {import("./conversation.js").Conversation} conversation
 * @property {readonly Notice[]} notices
 */

const MAX_NOTICES = 4;

/** @type {Page} */
export const INITIAL = {
  link: { state: "connecting", attempt: 0 },
  engines: null,
  ready: false,
  phase: "idle",
  analysis: null,
  language: "auto",
  finished: false,
  recording: false,
  keyWanted: null,
  microphone: {
    failure: null,
    muted: false,
    devices: [],
    options: { deviceId: "", echoCancellation: true, noiseSuppression: true },
  },
  cards: initialCards(),
  registry: [],
  conversation: EMPTY,
  notices: [],
};

/**
 * @param {Page} page
 * @param {Action} action
 * @returns {Page}
 */
export function reduce(page, action) {
  return {
    ...page,
    ...reduceSelf(page, action),
    microphone: reduceMicrophone(page.microphone, action),
    analysis: reduceAnalysis(page.analysis, action),
    cards: reduceCards(page.cards, action),
    conversation: reduceConversation(page.conversation, action),
    notices: reduceNotices(page.notices, action),
  };
}

/**
 * @param {Page} page
 * @param {Action} action
 * @returns {Partial<Page>}
 */
function reduceSelf(page, action) {
  switch (action.type) {
    case "page/link":
      return { link: action.link };
    case "session_started":
      return { engines: action.engines, ready: false };
    case "model_loaded":
      return { ready: true };
    case "page/phase":
      return { phase: action.phase };
    case "transcription_started":
      return { phase: "live", finished: false };
    case "transcription_stopped":
      return { phase: "idle", finished: page.conversation.items.length > 0 };
    case "page/result":
      return { phase: "idle", finished: action.result.segments.length > 0 };
    case "page/language":
      return { language: action.language };
    case "page/recording":
      return { recording: action.on };
    case "page/key_wanted":
      return { keyWanted: { wrong: action.wrong } };
    case "page/key_given":
      return { keyWanted: null };
    case "page/registry":
      return { registry: action.speakers };
    case "page/cleared":
      return { finished: false };
    default:
      return {};
  }
}

/**
 * @param {Microphone} microphone
 * @param {Action} action
 * @returns {Microphone}
 */
function reduceMicrophone(microphone, action) {
  switch (action.type) {
    case "page/microphone_failed":
      return { ...microphone, failure: action.failure, muted: false };
    case "page/microphone_muted":
      return { ...microphone, muted: action.muted };
    case "page/microphones":
      return { ...microphone, devices: action.devices };
    case "page/microphone_options":
      return { ...microphone, options: action.options };
    case "page/enrolment_opening":
      return { ...microphone, failure: null, muted: false };
    case "page/phase":
      return action.phase === "opening" || action.phase === "idle"
        ? { ...microphone, muted: false, failure: action.phase === "opening" ? null : microphone.failure }
        : microphone;
    default:
      return microphone;
  }
}

/**
 * @param {readonly Notice[]} notices
 * @param {Action} action
 * @returns {readonly Notice[]}
 */
function reduceNotices(notices, action) {
  switch (action.type) {
    case "warning":
      // The page registers again by itself.
      if (action.code === "ENROLMENT_INTERRUPTED") return notices;
      return told(notices, { code: action.code, kind: "warning", detail: action.message });
    case "error":
      // A full server is told by the link, for as long as it is full.
      if (action.code === "SERVER_TOO_BUSY") return notices;
      return told(notices, { code: action.code, kind: "error", detail: action.message });
    case "page/audio_lost":
      return told(notices, { code: "AUDIO_LOST", kind: "warning", detail: action.seconds.toFixed(0) });
    case "page/session_lost":
      return told(notices, { code: "SESSION_LOST", kind: "warning", detail: "" });
    case "page/file_failed":
      return told(notices, { code: action.code, kind: "error", detail: action.detail });
    case "page/result":
      return action.result.segments.length > 0
        ? notices
        : told(notices, { code: "NOTHING_SAID", kind: "info", detail: "" });
    case "page/notice_closed":
      return notices.filter((one) => one.code !== action.code);
    case "page/phase":
      return action.phase === "opening" || action.phase === "analysing" ? [] : notices;
    case "transcription":
      // The answer that was late is there.
      return notices.some((one) => one.code === "BEHIND")
        ? notices.filter((one) => one.code !== "BEHIND")
        : notices;
    default:
      return notices;
  }
}

/** @param {readonly Notice[]} notices @param {Notice} notice */
function told(notices, notice) {
  return [...notices.filter((one) => one.code !== notice.code), notice].slice(-MAX_NOTICES);
}
