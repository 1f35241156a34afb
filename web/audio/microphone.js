/** The microphone as a source of packets. */

import { microphoneFailure, missingAbility } from "./failures.js";

/** @typedef {import("./packets.js").Packet} Packet */
/** @typedef {import("./failures.js").MicrophoneFailure} MicrophoneFailure */

/**
 * Something that delivers audio from `start` to `stop`.
 * @typedef {object} Source
 * @property {() => Promise<void>} stop resolves when the last packet was delivered
 */

/**
 * @typedef {object} MicrophoneOptions
 * @property {string} deviceId empty = whichever the browser thinks best
 * @property {boolean} echoCancellation
 * @property {boolean} noiseSuppression
 */

/**
 * @typedef {object} Ears
 * @property {(packet: Packet) => void} onPacket
 * @property {(muted: boolean) => void} onMuted
 * @property {() => void} onLost the device is gone
 */

export class MicrophoneError extends Error {
  /** @param {MicrophoneFailure} failure */
  constructor(failure) {
    super(failure);
    this.failure = failure;
  }
}

/**
 * Ask for the microphone and listen; throws MicrophoneError.
 *
 * The context runs at the device's own rate: Firefox refuses to connect a 48 kHz microphone to a
 * context of 16 kHz.
 * @param {MicrophoneOptions} options
 * @param {Ears} ears
 * @returns {Promise<Source>}
 */
export async function openMicrophone(options, ears) {
  const missing = missingAbility({
    isSecureContext: window.isSecureContext,
    hasMedia: Boolean(navigator.mediaDevices?.getUserMedia),
    hasWorklet: "AudioWorkletNode" in window,
  });
  if (missing) throw new MicrophoneError(missing);
  // Made before the first await: Safari lets a context run only inside the click.
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    const stream = await askForStream(options);
    try {
      return await listen(context, stream, ears);
    } catch (error) {
      stopTracks(stream);
      throw error;
    }
  } catch (error) {
    await context.close();
    throw error instanceof MicrophoneError ? error : new MicrophoneError("unknown");
  }
}

/**
 * The microphones there are; their labels are empty until one was allowed.
 * @returns {Promise<{ id: string, label: string }[]>}
 */
export async function listMicrophones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter((device) => device.kind === "audioinput" && device.deviceId !== "")
    .map((device) => ({ id: device.deviceId, label: device.label }));
}

/**
 * @param {MicrophoneOptions} options
 * @returns {Promise<MediaStream>}
 */
async function askForStream({ deviceId, echoCancellation, noiseSuppression }) {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(deviceId && { deviceId: { exact: deviceId } }),
        channelCount: { ideal: 1 },
        echoCancellation,
        noiseSuppression,
        autoGainControl: true,
      },
    });
  } catch (error) {
    throw new MicrophoneError(microphoneFailure(error));
  }
}

/**
 * @param {AudioContext} context
 * @param {MediaStream} stream
 * @param {Ears} ears
 * @returns {Promise<Source>}
 */
async function listen(context, stream, ears) {
  await context.audioWorklet.addModule(new URL("./capture_worklet.js", import.meta.url));
  await context.resume();
  const input = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 1 });
  const finished = new Promise((resolve) => {
    capture.port.onmessage = ({ data }) => (data === null ? resolve(null) : ears.onPacket(data));
  });
  for (const track of stream.getAudioTracks()) {
    track.onmute = () => ears.onMuted(true);
    track.onunmute = () => ears.onMuted(false);
    track.onended = () => ears.onLost();
  }
  input.connect(capture);
  // What leads nowhere is not run by every browser; the output is silence.
  capture.connect(context.destination);
  const wakeUp = () => context.state !== "closed" && void context.resume();
  // iOS suspends it for a telephone call.
  context.onstatechange = () => context.state !== "running" && wakeUp();
  document.addEventListener("visibilitychange", wakeUp);

  return {
    async stop() {
      document.removeEventListener("visibilitychange", wakeUp);
      context.onstatechange = null;
      for (const track of stream.getAudioTracks()) track.onended = null;
      capture.port.postMessage(null);
      // A context that the system suspended runs no worklet: its tail is at most 40 ms.
      await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 500))]);
      stopTracks(stream);
      await context.close();
    },
  };
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
