/* Toasts: one line that goes away, said to a screen reader too. */

import { button, h, icon } from "/static/dom.js";

const SHOWN_MS = 7000;

export function toast(text, kind = "") {
  const place = document.getElementById("toasts");
  const close = () => shown.remove();
  const shown = h("div", { class: `toast ${kind}` }, h("span", {}, text), button({ class: "tool", "aria-label": "Close this notice", on: { click: close } }, icon("close")));
  while (place.children.length >= 3) place.firstChild.remove();
  place.append(shown);
  setTimeout(close, SHOWN_MS);
}
