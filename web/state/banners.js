/** What has to be said at the top of the page, out of its state: the worst first. */

import { firstKey } from "../i18n/translate.js";

/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../audio/failures.js").Browser} Browser */
/** @typedef {import("./page.js").Page} Page */

/**
 * @typedef {object} Banner
 * @property {string} id
 * @property {"info" | "warning" | "error"} kind
 * @property {string} text
 * @property {string} [advice] what to do about it
 * @property {{ label: string, does: "reconnect" | "close" }} [action]
 */

/** @param {Page} page @param {Translate} t @param {Browser} browser @returns {Banner[]} */
export function bannersOf(page, t, browser) {
  return [
    ...linkBanners(page, t),
    ...microphoneBanners(page, t, browser),
    ...page.notices.map(({ code, kind, detail }) => ({
      id: `notice-${code}`,
      kind,
      text: t(firstKey(`notice.${code}`, "notice.other"), { detail }),
      action: { label: t("button.close"), does: /** @type {const} */ ("close") },
    })),
    ...modelBanners(page, t),
  ];
}

/** @param {Page} page @param {Translate} t @returns {Banner[]} */
function linkBanners({ link, phase }, t) {
  switch (link.state) {
    case "lost":
    case "connecting": {
      // A first attempt is not worth a banner.
      if (link.attempt === 0) return [];
      const busy = link.busy ?? false;
      return [
        {
          id: "link",
          kind: busy ? "warning" : "error",
          text: busy ? t("link.busy") : t("link.lost", { attempt: link.attempt }),
          ...(phase === "live" && { advice: t("link.lost.live") }),
          action: { label: t("link.retry"), does: "reconnect" },
        },
      ];
    }
    case "closed": {
      if (link.why === "unauthorized") return [];
      const taken = link.why === "taken_over";
      return [
        {
          id: "link",
          kind: "warning",
          text: t(taken ? "link.taken_over" : "link.closed"),
          action: { label: t(taken ? "link.taken_over.do" : "link.retry"), does: "reconnect" },
        },
      ];
    }
    default:
      return [];
  }
}

/** @param {Page} page @param {Translate} t @param {Browser} browser @returns {Banner[]} */
function microphoneBanners({ microphone: { failure, muted } }, t, browser) {
  if (failure) {
    const advice = firstKey(`failure.${failure}.do.${browser}`, `failure.${failure}.do`, `failure.${failure}.do.other`);
    return [{ id: "microphone", kind: "error", text: t(firstKey(`failure.${failure}`)), advice: t(advice) }];
  }
  return muted ? [{ id: "muted", kind: "warning", text: t("muted"), advice: t("muted.do") }] : [];
}

/** @param {Page} page @param {Translate} t @returns {Banner[]} */
function modelBanners({ link, ready, engines }, t) {
  if (link.state === "open" && !ready) return [{ id: "model", kind: "info", text: t("model.loading") }];
  const stt = engines?.stt;
  if (stt?.name !== "pocketsphinx") return [];
  return [{ id: "fallback", kind: "info", text: t("engine.fallback", { model: stt.name }) }];
}
