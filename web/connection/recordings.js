/** Whole recordings: sent to the server, followed, fetched (docs/recordings.md). */

import { Backoff } from "./backoff.js";

/** @typedef {import("../state/analysis.js").RecordingResult} RecordingResult */

/**
 * How a recording's job stands.
 * @typedef {object} JobState
 * @property {string} job_id
 * @property {"queued" | "processing" | "completed" | "failed" | "cancelled"} status
 * @property {number} progress 0 to 100
 * @property {string} message what is being done, in Korean
 * @property {string} message_en
 * @property {{ code: string, message: string } | null} error
 */

/** A request that was refused, or a job that failed: asking again is of no use. */
export class RecordingError extends Error {
  /** @param {string} code of docs/operations.md, or `UNSENT` @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Recordings {
  /** @param {string} base the page's address @param {() => string} key the API key; empty = none */
  constructor(base, key) {
    this.base = base;
    this.key = key;
  }

  /**
   * Send a file; resolves when its job has begun, throws RecordingError.
   * @param {string} jobId nobody else's
   * @param {File} file
   * @param {string} language ISO 639-1, or `auto`
   * @param {(share: number) => void} onSent how much of it is there, 0 to 1
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  send(jobId, file, language, onSent, signal) {
    const form = new FormData();
    form.append("job_id", jobId);
    form.append("language", language);
    form.append("file", file);
    return new Promise((resolve, reject) => {
      // Unlike fetch, it tells how far an upload is.
      const request = new XMLHttpRequest();
      request.open("POST", new URL("api/upload-video/process-video", this.base));
      for (const [name, value] of this.headers()) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onSent(total ? loaded / total : 0);
      request.onload = () => {
        if (request.status === 202) resolve();
        else reject(refusal(request.status, request.responseText));
      };
      request.onerror = () => reject(new RecordingError("UNSENT", file.name));
      request.onabort = () => reject(signal.reason);
      signal.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  /**
   * Tell how a job stands until it has ended, over as many connections as that takes; throws
   * RecordingError where there is no such job.
   * @param {string} jobId
   * @param {(state: JobState) => void} onState
   * @param {AbortSignal} signal
   */
  async follow(jobId, onState, signal) {
    const backoff = new Backoff();
    for (;;) {
      try {
        for await (const state of this.states(jobId, signal)) {
          backoff.reset();
          onState(state);
          if (state.status !== "queued" && state.status !== "processing") return;
        }
      } catch (error) {
        if (signal.aborted || error instanceof RecordingError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      signal.throwIfAborted();
    }
  }

  /** @param {string} jobId @returns {Promise<RecordingResult>} */
  async result(jobId) {
    const answer = await this.ask(`jobs/${jobId}/result`, {});
    return answer.json();
  }

  /** @param {string} jobId */
  async cancel(jobId) {
    await this.ask(`jobs/${jobId}`, { method: "DELETE" });
  }

  /**
   * What one connection tells, as long as it holds.
   * @param {string} jobId
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<JobState>}
   */
  async *states(jobId, signal) {
    // Unlike an EventSource, it can bring a key.
    const answer = await this.ask(`jobs/${jobId}/events`, { signal });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (text + decoder.decode(value, { stream: true })).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("data: ")) yield JSON.parse(line.slice("data: ".length));
      }
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   * @returns {Promise<Response>} throws RecordingError where it is refused, TypeError where the server is away
   */
  async ask(path, options) {
    const answer = await fetch(new URL(path, this.base), { ...options, headers: this.headers() });
    if (answer.ok) return answer;
    if (answer.status >= 500) throw new TypeError(`${path}: ${answer.status}`);
    throw refusal(answer.status, await answer.text());
  }

  /** @returns {[string, string][]} */
  headers() {
    return this.key() ? [["X-API-Key", this.key()]] : [];
  }
}

/** An id that nobody can guess. */
export function makeJobId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {number} status @param {string} body a problem as JSON, unless a proxy said it */
function refusal(status, body) {
  try {
    const { code, message } = JSON.parse(body);
    return new RecordingError(code, message);
  } catch {
    return new RecordingError(status === 413 ? "TOO_LARGE" : "UNSENT", `HTTP ${status}`);
  }
}
