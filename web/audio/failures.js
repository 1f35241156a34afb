/** Why there is no microphone, told apart by what its owner can do about it. */

/**
 * @typedef {"insecure" | "unsupported" | "denied" | "blocked_by_system" | "none" | "busy" | "lost" | "unknown"} MicrophoneFailure
 * - insecure: the page came over http, where browsers give no microphone
 * - unsupported: this browser has no AudioWorklet or no getUserMedia
 * - denied: the user, or a setting of the browser, said no
 * - blocked_by_system: the operating system said no
 * - none: there is no microphone, or not the chosen one
 * - busy: another program has it
 * - lost: it was there, and was unplugged
 */

/**
 * @param {unknown} error what getUserMedia threw
 * @returns {MicrophoneFailure}
 */
export function microphoneFailure(error) {
  const { name, message } = /** @type {{ name?: string, message?: string }} */ (error ?? {});
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return /system/i.test(message ?? "") ? "blocked_by_system" : "denied";
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

/**
 * What stands in the way before anybody is asked.
 * @param {{ isSecureContext: boolean, hasMedia: boolean, hasWorklet: boolean }} browser
 * @returns {MicrophoneFailure | null}
 */
export function missingAbility({ isSecureContext, hasMedia, hasWorklet }) {
  if (!isSecureContext) return "insecure";
  return hasMedia && hasWorklet ? null : "unsupported";
}

/** @typedef {"chrome" | "safari" | "firefox" | "ios" | "android" | "other"} Browser */

/**
 * Which advice fits; only words depend on it, never what the page does.
 * @param {string} userAgent
 * @returns {Browser}
 */
export function browserOf(userAgent) {
  if (/iPhone|iPad/.test(userAgent)) return "ios";
  if (/Android/.test(userAgent)) return "android";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrom(e|ium)\//.test(userAgent)) return "chrome";
  if (/Safari\//.test(userAgent)) return "safari";
  return "other";
}
