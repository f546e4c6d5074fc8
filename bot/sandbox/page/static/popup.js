/* The pop-up above the composer: what can be completed, chosen with the arrows while the text keeps the focus. */

import { h } from "/static/dom.js";

export class Popup {
  /** @param {HTMLElement} box what it stands above @param {HTMLElement} input what keeps the focus @param {string} id the list's own */
  constructor(box, input, id = "popup") {
    this._input = input;
    this._id = id;
    this._entries = [];
    this._at = 0;
    this._list = h("ul", { class: "popup", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    box.append(this._list);
  }

  get open() { return !this._list.hidden; }

  /** The entry that Enter would choose. */
  get current() { return this.open ? this._entries[this._at] ?? null : null; }

  /**
   * Offer entries; none closes it.
   * @param {string} title @param {{parts: any[], choose: () => void, key: string}[]} entries
   */
  offer(title, entries) {
    if (!entries.length) return this.close();
    const before = this.current?.key;
    this._entries = entries;
    this._at = Math.max(0, entries.findIndex((one) => one.key === before));
    this._rows = entries.map((one, n) => h("li", {
      role: "option", id: `${this._id}-${n}`,
      on: { pointerdown: (event) => event.preventDefault(), click: one.choose },
    }, one.parts));
    this._show(title);
    this._mark();
  }

  /** Say something in the place of entries. @param {string} text */
  note(text) {
    this._entries = [];
    this._rows = [];
    this._input.removeAttribute("aria-activedescendant");
    this._show(text);
  }

  _show(title) {
    this._list.replaceChildren(h("li", { class: "title", role: "presentation" }, title), ...this._rows);
    this._list.hidden = false;
    this._input.setAttribute("aria-expanded", "true");
  }

  close() {
    this._entries = [];
    this._list.hidden = true;
    this._list.replaceChildren();
    this._input.setAttribute("aria-expanded", "false");
    this._input.removeAttribute("aria-activedescendant");
  }

  /** Take a key; tells whether it was one for here. @param {KeyboardEvent} event */
  takes(event) {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      this.close();
    } else if (!this._entries.length) {
      return false;
    } else if (step) {
      this._at = (this._at + step + this._entries.length) % this._entries.length;
      this._mark();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
      this._entries[this._at].choose();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  _mark() {
    this._rows.forEach((row, n) => row.setAttribute("aria-selected", String(n === this._at)));
    this._rows[this._at].scrollIntoView({ block: "nearest" });
    this._input.setAttribute("aria-activedescendant", `${this._id}-${this._at}`);
  }
}
