/* Dialogs: the bot's modals, the few windows of the page's own, and pictures in large. */

import { nameOf } from "/static/avatar.js";
import { button, h, icon } from "/static/dom.js";
import { Fields } from "/static/fields.js";
import { text } from "/static/text.js";

const ACTION_ROW = 1;
const TEXT_DISPLAY = 10;
const LABEL = 18;

/** Ask for one line. Resolves with it, or null. @returns {Promise<string | null>} */
export function askLine({ title, about, label, value, action, long }) {
  return new Promise((resolve) => {
    let answer = null;
    const input = long ? h("textarea", { class: "input", id: "line", maxlength: "2000", required: true }) : h("input", { class: "input", id: "line", maxlength: "100", required: true, autocomplete: "off" });
    input.value = value ?? "";
    const dialog = shell(title, [about && h("p", {}, about), h("div", { class: "field" }, h("label", { for: "line" }, label), input)], action, async () => {
      answer = input.value;
      return true;
    });
    dialog.addEventListener("close", () => resolve(answer));
    input.select();
  });
}

/** Ask yes or no. @returns {Promise<boolean>} */
export function askYes({ title, about, action }) {
  return new Promise((resolve) => {
    let yes = false;
    const dialog = shell(title, [h("p", {}, about)], action, async () => (yes = true), "danger");
    dialog.addEventListener("close", () => resolve(yes));
  });
}

/**
 * Show a modal that the bot opened.
 * @param {{id: string, title: string, components: any[]}} modal
 * @param {import("./session.js").Session} session @param {import("./store.js").Store} store
 */
export function openModal(modal, session, store) {
  const fields = new Fields(store);
  const parts = modal.components.map((one) => part(one, fields, store, session));
  const place = store.placeId;
  let sent = false;
  const whose = store.bot ? nameOf(store.bot) : "the bot";
  parts.push(h("small", { class: "privacy" }, `This form goes to ${whose}. Do not share passwords or other secrets.`));
  const dialog = shell(modal.title, parts, "Submit", async () => {
    const answer = await session.asks("submit", { place, modal: modal.id, values: fields.values() });
    sent = true;
    if (answer.modal) setTimeout(() => openModal(answer.modal, session, store));
    return true;
  });
  dialog.addEventListener("close", () => {
    if (!sent) session.asks("cancel", { place, modal: modal.id }).catch(() => {});
  });
}

function part(component, fields, store, session) {
  switch (component.type) {
    case TEXT_DISPLAY: return text(component.content, store.names((id) => session.go(id)), `modal/${component.id}`);
    case LABEL: return fields.field(component.component, component.label, component.description);
    case ACTION_ROW: return component.components.map((one) => fields.field(one, one.label, null));
    default: return null;
  }
}

/** Show a picture in large. */
export function openPicture(src, name, download) {
  const dialog = h("dialog", { class: "lightbox", "aria-label": name },
    h("img", { src, alt: name }),
    h("div", { class: "actions" },
      h("a", { class: "button", href: download, download: name }, icon("download"), "Download"),
      button({ class: "button", on: { click: () => dialog.close() } }, "Close")));
  show(dialog);
}

function shell(title, parts, action, submit, looks = "primary") {
  const wrong = h("div", { class: "wrong", role: "alert", hidden: true });
  const send = h("button", { class: `button ${looks}`, type: "submit" }, action);
  const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), parts, wrong,
    h("div", { class: "actions" }, button({ class: "button", on: { click: () => dialog.close() } }, "Cancel"), send));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.classList.add("busy");
    wrong.hidden = true;
    try {
      if (await submit()) dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    } finally {
      send.classList.remove("busy");
    }
  });
  show(dialog);
  return dialog;
}

function show(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (!(before instanceof HTMLElement && before.isConnected)) return;
    before.blur(); // the browser has focused it already, but its caret went with the dialog
    before.focus({ preventScroll: true });
  });
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
}

/** Choose several of a menu's options. Resolves with their values, or null. @returns {Promise<string[] | null>} */
export function askSeveral(menu, options, store) {
  return new Promise((resolve) => {
    let answer = null;
    const fields = new Fields(store);
    const CHECKS = 22;
    const title = menu.placeholder ?? "Choose";
    const group = fields.field({ type: CHECKS, custom_id: "chosen", options, required: false }, title, `${menu.min_values ?? 1} to ${menu.max_values ?? 1} of these`);
    const dialog = shell(title, [group], "Choose", async () => {
      answer = fields.values().chosen;
      return true;
    });
    dialog.addEventListener("close", () => resolve(answer));
  });
}
