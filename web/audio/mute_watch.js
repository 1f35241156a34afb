/** Notices a microphone from which nothing comes at all: muted at the device or by the system. */

/** -80 dBFS: below the hiss of any microphone that is on. */
const DEAD = 1e-4;
/** Noise suppression makes pauses of some seconds digitally silent, too. */
const PATIENCE_S = 6;

export class MuteWatch {
  constructor() {
    this.deadSeconds = 0;
    this.trackMuted = false;
  }

  /** @param {boolean} muted what the track says of itself */
  setTrackMuted(muted) {
    this.trackMuted = muted;
    if (!muted) this.deadSeconds = 0;
  }

  /**
   * @param {number} peak of a packet, 0 to 1
   * @param {number} seconds it lasts
   * @returns {boolean} whether the microphone must be taken for muted
   */
  hear(peak, seconds) {
    this.deadSeconds = peak > DEAD ? 0 : this.deadSeconds + seconds;
    return this.trackMuted || this.deadSeconds >= PATIENCE_S;
  }
}
