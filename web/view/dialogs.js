/** The two questions that are asked: for an API key, and for voices of the registry. */

import { byId, element } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */
/** @typedef {import("../state/actions.js").RegistrySpeaker} RegistrySpeaker */
/** @typedef {import("../state/page.js").Page} Page */

export class KeyDialog {
  /** @param {Controller} controller */
  constructor(controller) {
    this.dialog = byId("key-dialog", HTMLDialogElement);
    this.wrong = byId("key-wrong", HTMLElement);
    this.key = byId("key", HTMLInputElement);
    byId("key-form", HTMLFormElement).addEventListener("submit", () => {
      const key = this.key.value.trim();
      this.key.value = "";
      controller.giveKey(key);
    });
    // Without a key there is nothing to do here.
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** @param {Page} page */
  draw({ keyWanted }) {
    this.wrong.hidden = !keyWanted?.wrong;
    if (keyWanted && !this.dialog.open) this.dialog.showModal();
    else if (!keyWanted && this.dialog.open) this.dialog.close();
  }
}

export class RegistryDialog {
  /** @param {Controller} controller */
  constructor(controller) {
    this.controller = controller;
    this.dialog = byId("registry-dialog", HTMLDialogElement);
    this.open = byId("registry-open", HTMLButtonElement);
    this.list = byId("registry-list", HTMLElement);
    this.use = byId("registry-use", HTMLButtonElement);
    /** @type {RegistrySpeaker[]} in the order chosen */
    this.chosen = [];
    this.open.addEventListener("click", () => this.ask());
    byId("registry-cancel", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    byId("registry-form", HTMLFormElement).addEventListener("submit", () => {
      if (this.chosen.length > 0) controller.useRegistry(this.chosen);
    });
  }

  /** @param {Page} page */
  draw({ registry, phase, link }) {
    this.open.hidden = registry.length === 0;
    this.open.disabled = phase !== "idle" || link.state !== "open";
  }

  ask() {
    this.chosen = [];
    this.use.disabled = true;
    this.list.replaceChildren(...this.controller.page.registry.map((speaker) => this.choice(speaker)));
    this.dialog.showModal();
  }

  /** @param {RegistrySpeaker} speaker */
  choice(speaker) {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      const others = this.chosen.filter((one) => one !== speaker);
      this.chosen = box.checked ? [...others, speaker] : others;
      this.use.disabled = this.chosen.length === 0;
    });
    return element("li", {}, element("label", {}, box, element("span", { text: speaker.name ?? speaker.id })));
  }
}
