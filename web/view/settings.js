/** Microphone, language and what is kept. */

import { byId, element } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../i18n/translate.js").Translate} Translate */
/** @typedef {import("../state/page.js").Page} Page */

export class Settings {
  /** @param {Controller} controller */
  constructor(controller) {
    this.device = byId("device", HTMLSelectElement);
    this.spoken = byId("spoken", HTMLSelectElement);
    this.echo = byId("echo", HTMLInputElement);
    this.noise = byId("noise", HTMLInputElement);
    this.record = byId("record", HTMLInputElement);
    this.drawn = "";
    const choose = () =>
      controller.chooseMicrophone({
        deviceId: this.device.value,
        echoCancellation: this.echo.checked,
        noiseSuppression: this.noise.checked,
      });
    for (const input of [this.device, this.echo, this.noise]) input.addEventListener("change", choose);
    this.spoken.addEventListener("change", () => controller.chooseLanguage(this.spoken.value));
    this.record.addEventListener("change", () => controller.keepAudio(this.record.checked));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void controller.loadMicrophones());
  }

  /** @param {Page} page @param {Translate} t */
  draw({ microphone: { devices, options }, recording }, t) {
    const choices = [
      { id: "", label: t("microphone.default") },
      ...devices
        .filter(({ id }) => id !== "default")
        .map(({ id, label }, at) => ({ id, label: label || t("microphone.unnamed", { number: at + 1 }) })),
    ];
    document.body.classList.toggle("hearable", recording);
    const text = JSON.stringify([choices, options.deviceId]);
    if (text === this.drawn) return;
    this.drawn = text;
    this.device.replaceChildren(...choices.map(({ id, label }) => element("option", { value: id, text: label })));
    this.device.value = choices.some(({ id }) => id === options.deviceId) ? options.deviceId : "";
  }
}
