/* Components under a message: buttons, menus, and the parts of the newer layout. */

import { options as optionsOf } from "/static/choices.js";
import { askSeveral, openModal, openPicture } from "/static/dialog.js";
import { button, h, icon } from "/static/dom.js";
import { download, file } from "/static/files.js";
import { openMenu } from "/static/menu.js";
import { link, text } from "/static/text.js";

const KIND = { row: 1, button: 2, string: 3, section: 9, text: 10, thumbnail: 11, gallery: 12, file: 13, separator: 14, container: 17 };
const SELECTS = new Set([3, 5, 6, 7, 8]);
const LOOKS = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link-button", 6: "primary" };
const LINK = 5;

/**
 * @param {any} message
 * @param {import("./store.js").Store} store @param {import("./session.js").Session} session
 */
export function components(message, store, session) {
  if (!message.components.length) return null;
  const made = new Maker(message, store, session);
  return h("div", { class: "parts" }, message.components.map((one) => made.part(one)));
}

class Maker {
  constructor(message, store, session) {
    this._message = message;
    this._store = store;
    this._session = session;
  }

  part(one) {
    switch (one.type) {
      case KIND.row: return h("div", { class: "row" }, one.components.map((inner) => this.part(inner)));
      case KIND.button: return this._button(one);
      case KIND.section: return h("div", { class: "section" }, h("div", {}, one.components.map((inner) => this.part(inner))), this.part(one.accessory));
      case KIND.text: return this._text(one);
      case KIND.thumbnail: return this._picture(one);
      case KIND.gallery: return h("div", { class: "gallery" }, one.items.map((item) => this._picture(item)));
      case KIND.file: return this._file(one);
      case KIND.separator: return one.divider === false ? h("div") : h("hr", { class: "separator" });
      case KIND.container: return this._container(one);
      default: return SELECTS.has(one.type) ? this._select(one) : null;
    }
  }

  _text(one) {
    return text(one.content, this._store.names((id) => this._session.go(id)), `${this._message.id}/${one.id}`);
  }

  _container(one) {
    const colour = one.accent_color === null || one.accent_color === undefined ? null : `#${one.accent_color.toString(16).padStart(6, "0")}`;
    return h("div", { class: "container", vars: colour ? { "--edge": colour } : {} }, h("div", { class: "parts" }, one.components.map((inner) => this.part(inner))));
  }

  _button(one) {
    const label = [one.emoji?.name && h("span", {}, one.emoji.name), one.label];
    if (one.style === LINK) {
      const made = link(one.url, ...label, icon("open"));
      made.classList.add("button");
      return made;
    }
    const made = button({ class: `button ${LOOKS[one.style] ?? ""}`, disabled: one.disabled, "data-id": one.custom_id, on: { click: () => this._use(made, "press", { button: one.custom_id }) } }, label);
    return made;
  }

  _select(one) {
    const options = optionsOf(one, this._store);
    const emoji = (option) => option.emoji?.name && h("span", { class: "emoji" }, option.emoji.name);
    const chosen = options.filter((option) => option.default);
    const names = chosen.map((option) => option.label).join(", ");
    const many = (one.max_values ?? 1) > 1;
    const about = one.placeholder || "Make a selection";
    const made = button({ class: chosen.length ? "button select" : "button select empty", disabled: one.disabled, "aria-haspopup": many ? "dialog" : "menu", "aria-label": names ? `${about}: ${names}` : about },
      h("span", { class: "names" }, chosen.length === 1 && emoji(chosen[0]), names || about), icon("chevron"));
    const choose = (values) => this._use(made, "choose", { menu: one.custom_id, values });
    made.addEventListener("click", async () => {
      if (many) {
        const values = await askSeveral(one, options, this._store);
        if (values) choose(values);
      } else {
        const items = options.map((option) => ({ before: emoji(option), label: option.label, about: option.description, checked: Boolean(option.default), act: () => choose([option.value]) }));
        const none = one.min_values === 0 && chosen.length && { label: "Choose nothing", act: () => choose([]) };
        openMenu(made, [...items, none], { label: about, wide: true, closed: () => made.setAttribute("aria-expanded", "false") });
        made.setAttribute("aria-expanded", "true");
      }
    });
    return made;
  }

  async _use(element, op, more) {
    element.classList.add("busy");
    const { channel_id: place, id: message } = this._message;
    const answer = await this._session.does(op, { place, message, ...more });
    element.classList.remove("busy");
    if (answer?.modal) openModal(answer.modal, this._session, this._store);
  }

  /** A component may show one of the message's files; what is elsewhere is not loaded, only linked. */
  _attached(media) {
    const name = media.url.startsWith("attachment://") ? media.url.slice("attachment://".length) : null;
    return this._message.attachments.find((one) => one.filename === name || one.url === media.url) ?? null;
  }

  _picture(one) {
    const found = this._attached(one.media);
    if (found === null) return link(one.media.url, one.media.url);
    const said = one.description ?? found.filename;
    return button({ class: "picture", on: { click: () => openPicture(found.url, found.filename, download(found.url)) } }, h("img", { src: found.url, alt: said }));
  }

  _file(one) {
    const found = this._attached(one.file);
    return found ? file(found) : link(one.file.url, one.file.url);
  }
}
