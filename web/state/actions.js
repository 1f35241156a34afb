/**
 * What can happen: every event of the server, and these of the page.
 *
 * @typedef {{ type: "page/link", link: import("./link.js").Link }
 *   | { type: "page/phase", phase: import("./page.js").Phase }
 *   | { type: "page/microphone_failed", failure: import("../audio/failures.js").MicrophoneFailure }
 *   | { type: "page/microphone_muted", muted: boolean }
 *   | { type: "page/microphones", devices: { id: string, label: string }[] }
 *   | { type: "page/microphone_options", options: import("../audio/microphone.js").MicrophoneOptions }
 *   | { type: "page/language", language: string }
 *   | { type: "page/audio_lost", seconds: number }
 *   | { type: "page/notice_closed", code: string }
 *   | { type: "page/file_opened", name: string }
 *   | { type: "page/file_sent", share: number }
 *   | { type: "page/job", state: import("../connection/recordings.js").JobState }
 *   | { type: "page/result", take: string, result: import("./analysis.js").RecordingResult }
 *   | { type: "page/file_failed", code: string, detail: string }
 *   | { type: "page/recording", on: boolean }
 *   | { type: "page/key_wanted", wrong: boolean }
 *   | { type: "page/key_given" }
 *   | { type: "page/registry", speakers: RegistrySpeaker[] }
 *   | { type: "page/registry_used", speakers: RegistrySpeaker[] }
 *   | { type: "page/card_added" | "page/card_removed" }
 *   | { type: "page/card_named", id: number, name: string }
 *   | { type: "page/enrolment_opening" | "page/enrolment_cancelled" | "page/enrolment_computing", id: number }
 *   | { type: "page/enrolment_failed", id: number, failure: string }
 *   | { type: "page/session_lost" }
 *   | { type: "page/cleared" }} PageAction
 *
 * @typedef {{ id: string, name: string | null }} RegistrySpeaker
 *
 * @typedef {import("./events.js").ServerEvent | PageAction} Action
 */

export {};
