/** On a phone one panel is seen at a time; these choose it. */

export class Tabs {
  constructor() {
    this.buttons = [...document.querySelectorAll(".tabs button")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(button.getAttribute("data-tab") ?? "chat"));
    }
    this.show("chat");
  }

  /** @param {string} tab */
  show(tab) {
    document.body.setAttribute("data-tab", tab);
    for (const button of this.buttons) {
      button.setAttribute("aria-current", String(button.getAttribute("data-tab") === tab));
    }
  }
}
