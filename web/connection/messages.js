/**
 * What a client says to Sori (docs/protocol.md), as types.
 *
 * @typedef {{ type: "start_speaker_registration", speaker_id: number, name?: string }} StartRegistration
 * @typedef {{ type: "complete_speaker_registration", speaker_id: number }} CompleteRegistration
 * @typedef {{ type: "use_speakers", speakers: string[] }} UseSpeakers
 * @typedef {object} StartTranscription
 * @property {"start_transcription"} type
 * @property {string} [language]
 * @property {number} [num_speakers]
 * @property {boolean} [interim]
 * @property {string} [prompt]
 * @property {Record<string, number | string>} [parameters]
 * @typedef {{ type: "stop_transcription" }} StopTranscription
 * @typedef {{ type: "keepalive" } | { type: "close" } | { type: "finalize" }} Simple
 * @typedef {StartRegistration | CompleteRegistration | UseSpeakers | StartTranscription | StopTranscription | Simple} ClientMessage
 */

export {};
