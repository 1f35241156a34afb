/** A recording dropped on the page. */

import { byId } from "./dom.js";

/** @typedef {import("../app/controller.js").Controller} Controller */

export class Drop {
  /** @param {Controller} controller */
  constructor(controller) {
    const veil = byId("drop", HTMLElement);
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      veil.hidden = false;
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) veil.hidden = true;
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      veil.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (file) void controller.analyse(file);
    });
  }
}
