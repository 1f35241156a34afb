/** A recording that was dropped on the page: sent, followed, shown; found again after a reload. */

import { makeJobId, RecordingError, Recordings } from "../connection/recordings.js";

/** @typedef {import("../state/actions.js").Action} Action */
/** @typedef {import("../state/page.js").Page} Page */
/** @typedef {import("../state/store.js").Store<Page, Action>} PageStore */

/** Where a tab remembers the job in progress. */
const KEPT_AS = "sori.job";

export class Analysing {
  /**
   * @param {PageStore} store
   * @param {Recordings} recordings
   * @param {Storage} memory of the tab
   */
  constructor(store, recordings, memory) {
    this.store = store;
    this.recordings = recordings;
    this.memory = memory;
    this.abort = new AbortController();
    this.jobId = "";
  }

  /**
   * Have a file analysed; resolves when it is over, one way or the other.
   * @param {File} file
   * @returns {Promise<string | null>} the take that its segments belong to; null = none came
   */
  async begin(file) {
    const jobId = makeJobId();
    const { signal } = this.start(jobId, file.name);
    return this.attempt(signal, async () => {
      const sent = (/** @type {number} */ share) => this.store.dispatch({ type: "page/file_sent", share });
      await this.recordings.send(jobId, file, this.store.state.language, sent, signal);
      this.memory.setItem(KEPT_AS, JSON.stringify({ jobId, name: file.name }));
      return this.finish(signal);
    });
  }

  /** Go on with the job that this tab had begun before it was loaded anew, if there is one. */
  async resume() {
    const kept = this.memory.getItem(KEPT_AS);
    if (!kept || this.store.state.phase !== "idle") return;
    const { jobId, name } = JSON.parse(kept);
    const { signal } = this.start(jobId, name);
    await this.attempt(signal, () => this.finish(signal));
  }

  /** Give it up, here and on the server. */
  cancel() {
    this.abort.abort();
    this.memory.removeItem(KEPT_AS);
    // Should the server be away, or not know of it yet, that is no matter.
    void this.recordings.cancel(this.jobId).catch(() => {});
    this.store.dispatch({ type: "page/phase", phase: "idle" });
  }

  /** @param {string} jobId @param {string} name of the file */
  start(jobId, name) {
    this.abort = new AbortController();
    this.jobId = jobId;
    this.store.dispatch({ type: "page/phase", phase: "analysing" });
    this.store.dispatch({ type: "page/file_opened", name });
    return this.abort;
  }

  /** @param {AbortSignal} signal */
  async finish(signal) {
    const { jobId } = this;
    /** @type {{ code: string, message: string } | null} */
    let failure = null;
    await this.recordings.follow(
      jobId,
      (state) => {
        failure = state.error;
        this.store.dispatch({ type: "page/job", state });
      },
      signal,
    );
    const failed = /** @type {{ code: string, message: string } | null} */ (failure);
    if (failed) throw new RecordingError(failed.code, failed.message);
    const result = await this.recordings.result(jobId);
    signal.throwIfAborted();
    this.memory.removeItem(KEPT_AS);
    this.store.dispatch({ type: "page/result", take: jobId, result });
    return jobId;
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => Promise<string>} way
   */
  async attempt(signal, way) {
    try {
      return await way();
    } catch (error) {
      if (signal.aborted) return null;
      this.refuse(error instanceof RecordingError ? error : new RecordingError("UNSENT", String(error)));
      return null;
    }
  }

  /** @param {RecordingError} error */
  refuse({ code, message }) {
    this.store.dispatch({ type: "page/phase", phase: "idle" });
    if (code === "UNAUTHORIZED") {
      this.store.dispatch({ type: "page/key_wanted", wrong: false });
      return; // with a key it goes on
    }
    this.memory.removeItem(KEPT_AS);
    this.store.dispatch({ type: "page/file_failed", code, detail: message });
  }
}
