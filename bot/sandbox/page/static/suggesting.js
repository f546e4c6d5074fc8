/* Suggestions: what the bot offers for an option while somebody types it, in a list above the composer. */

import { h } from "/static/dom.js";
import { Popup } from "/static/popup.js";

const WAIT_MS = 200;

/** @typedef {{name: string, value: string | number}} Choice what is shown, and what is sent when it is taken */

export class Suggesting {
  /**
   * @param {HTMLInputElement} input what is typed in @param {HTMLElement} box what the list stands above
   * @param {string} title @param {() => Promise<Choice[]>} ask what the bot offers for what stands in the input
   */
  constructor(input, box, title, ask) {
    this._input = input;
    this._title = title;
    this._ask = ask;
    this._timer = 0;
    this._asked = 0;
    /** @type {Choice[]} */
    this._choices = [];
    /** @type {Choice | null} */
    this._taken = null;
    const id = `${input.id}-list`;
    this._popup = new Popup(box, input, id);
    const props = { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false" };
    for (const [name, value] of Object.entries(props)) input.setAttribute(name, value);
    input.addEventListener("input", () => this._soon());
    input.addEventListener("focus", () => this._soon());
    input.addEventListener("click", () => this._popup.open || this._soon());
    input.addEventListener("blur", () => this._leave());
    input.addEventListener("keydown", (event) => this._keys(event));
  }

  /** The value of the suggestion that was taken or whose name was typed, or null: then what stands there is a text of one's own. */
  get value() {
    const text = this._input.value;
    const found = this._taken?.name === text ? this._taken : this._choices.find((one) => one.name === text);
    return found?.value ?? null;
  }

  _keys(event) {
    if (this._popup.takes(event)) {
      if (!this._popup.open) this._leave();
    } else if (event.key === "ArrowDown" && !this._popup.open) {
      event.preventDefault();
      this._soon();
    }
  }

  _soon() {
    clearTimeout(this._timer);
    if (!this._popup.open) this._popup.note("Loading options…");
    this._timer = setTimeout(() => this._show(), WAIT_MS);
  }

  /** Show what is offered; an answer to what stood there before is not shown any more. */
  async _show() {
    this._asked += 1;
    const number = this._asked;
    let choices = null;
    try {
      choices = await this._ask();
    } catch { /* without suggestions it is written */ }
    if (number !== this._asked) return;
    if (choices === null) return this._popup.note("The options could not be loaded");
    this._choices = choices;
    if (!choices.length) return this._popup.note("No options match your search");
    this._popup.offer(this._title, choices.map((one, n) => ({ key: `${n}/${one.value}`, parts: [h("div", {}, h("b", {}, one.name))], choose: () => this._take(one) })));
  }

  _take(choice) {
    this._taken = choice;
    this._input.value = choice.name;
    this._leave();
    this._input.focus();
  }

  _leave() {
    clearTimeout(this._timer);
    this._asked += 1;
    this._popup.close();
  }
}
