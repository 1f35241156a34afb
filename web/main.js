/** The page at `/`: state, controller and view, and what the browser itself has to say. */

import { Controller } from "./app/controller.js";
import { INITIAL, reduce } from "./state/page.js";
import { Store } from "./state/store.js";
import { PageView } from "./view/page_view.js";

const controller = new Controller(new Store(reduce, INITIAL), document.baseURI);
new PageView(controller);

document.addEventListener("visibilitychange", () => {
  controller.setVisible(document.visibilityState === "visible");
});
window.addEventListener("online", () => controller.setOnline(true));
window.addEventListener("offline", () => controller.setOnline(false));
window.addEventListener("pagehide", (event) => {
  if (!event.persisted) controller.leave();
});
controller.begin();
