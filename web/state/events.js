/**
 * What Sori says to a client (docs/protocol.md), as types.
 *
 * @typedef {object} EngineInfo
 * @property {string} name
 * @property {string} model
 * @property {string} device `cpu` or `cuda`
 *
 * @typedef {{ stt: EngineInfo | null, diarization: EngineInfo | null, sentiment: EngineInfo | null }} Engines
 *
 * @typedef {object} Limits
 * @property {number} max_packet_bytes
 * @property {number} idle_timeout_s
 * @property {number} resume_window_s
 *
 * @typedef {object} Word
 * @property {string} word
 * @property {number} start seconds
 * @property {number} end seconds
 * @property {number} confidence 0 to 1
 *
 * @typedef {"positive" | "negative" | "neutral"} Mood
 *
 * @typedef {object} Sentiment
 * @property {Mood} label
 * @property {number} score probability of the label, 0 to 1
 * @property {Record<Mood, number>} scores
 *
 * @typedef {object} Counts
 * @property {number} segments
 * @property {number} words
 * @property {number} speech_seconds
 * @property {number} positive
 * @property {number} negative
 * @property {number} neutral
 * @property {number} positive_share 0 to 1
 * @property {number} negative_share
 * @property {number} neutral_share
 * @property {number | null} recent_sentiment -1 to 1, of the last 20 segments
 * @property {number | null} words_per_minute
 * @property {number} longest_monologue_seconds
 * @property {number} interruptions
 *
 * @typedef {Counts & { speaker_id: number | null, speaker: string, talk_share: number }} SpeakerCounts
 *
 * @typedef {object} SessionStats
 * @property {SpeakerCounts[]} speakers
 * @property {Counts} overall
 * @property {string} summary in Korean
 * @property {string} summary_en
 * @property {{ p50: number | null, p95: number | null }} latency_ms
 *
 * @typedef {object} Base
 * @property {string} session_id
 * @property {number} [event_id] of durable events: 1, 2, 3, … without a gap in a session
 *
 * @typedef {Base & { type: "session_started", resume_token: string, engines: Engines, limits: Limits }} SessionStarted
 *
 * @typedef {object} Resumed
 * @property {"session_resumed"} type
 * @property {number} samples_received
 * @property {"idle" | "enrolling" | "transcribing" | "stopping" | "ended"} state
 * @typedef {Base & Resumed} SessionResumed
 *
 * @typedef {Base & { type: "model_loaded", message: string }} ModelLoaded
 * @typedef {Base & { type: "speaker_registration_started", speaker_id: number, message: string }} RegistrationStarted
 *
 * @typedef {object} Progress
 * @property {"speaker_registration_progress"} type
 * @property {number} speaker_id
 * @property {number} speech_seconds
 * @property {number} needed_seconds
 * @typedef {Base & Progress} RegistrationProgress
 *
 * @typedef {object} Completed
 * @property {"speaker_registration_completed"} type
 * @property {number} speaker_id
 * @property {string} message
 * @property {number} speech_seconds
 * @property {number} quality 0 to 1
 * @typedef {Base & Completed} RegistrationCompleted
 *
 * @typedef {object} RegistrationFailure
 * @property {"speaker_registration_failed"} type
 * @property {number} speaker_id
 * @property {"too_short" | "too_quiet" | "several_voices" | "same_as_other"} code
 * @property {string} message
 * @typedef {Base & RegistrationFailure} RegistrationFailed
 *
 * @typedef {Base & { type: "transcription_started", parameters: Record<string, number | string> }} TranscriptionStarted
 * @typedef {Base & { type: "speech_started", utterance_id: number, time: number }} SpeechStarted
 * @typedef {Base & { type: "speech_ended", utterance_id: number, time: number }} SpeechEnded
 * @typedef {Base & { type: "partial", utterance_id: number, text: string, stable_chars: number }} Partial
 *
 * @typedef {object} Said
 * @property {"transcription"} type
 * @property {number} utterance_id
 * @property {string} segment_id
 * @property {number | null} speaker_id
 * @property {string | null} speaker
 * @property {string} text
 * @property {string} timestamp ISO 8601 UTC
 * @property {number} start
 * @property {number} end
 * @property {Word[]} words
 * @property {string} language
 * @property {number} confidence
 * @property {Sentiment} sentiment
 * @property {Record<string, number>} latency_ms `total` and a part per stage
 * @typedef {Base & Said} Transcription
 *
 * @typedef {object} Updated
 * @property {"speaker_updated"} type
 * @property {string[]} segment_ids
 * @property {number | null} speaker_id
 * @property {string | null} speaker
 * @typedef {Base & Updated} SpeakerUpdated
 *
 * @typedef {Base & SessionStats & { type: "stats" }} Stats
 * @typedef {Base & { type: "utterance_failed", utterance_id: number, start: number, end: number, code: string, message: string }} UtteranceFailed
 * @typedef {Base & { type: "transcription_stopped", stats: SessionStats, reason: string }} TranscriptionStopped
 * @typedef {Base & { type: "session_ended", stats: SessionStats, reason: string }} SessionEnded
 * @typedef {Base & { type: "warning" | "error", code: string, message: string, retryable: boolean }} Notice
 *
 * @typedef {SessionStarted | SessionResumed | ModelLoaded | RegistrationStarted | RegistrationProgress
 *   | RegistrationCompleted | RegistrationFailed | TranscriptionStarted | SpeechStarted | SpeechEnded
 *   | Partial | Transcription | SpeakerUpdated | Stats | UtteranceFailed | TranscriptionStopped
 *   | SessionEnded | Notice} ServerEvent
 */

export {};
