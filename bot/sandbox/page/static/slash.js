/* Slash commands: one command with its options, filled in in the composer's place. */

import { nameOf } from "/static/avatar.js";
import { button, h } from "/static/dom.js";
import { Suggesting } from "/static/suggesting.js";

const CHAT_INPUT = 1;
const SUB = 1;
const GROUP = 2;
const TYPE = { string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, file: 11 };
const CATEGORY = 4;

/**
 * @typedef {{line: string, description: string, options: any[]}} Line one command or subcommand, by its whole name
 * @param {any[]} commands @returns {Line[]}
 */
export function flattened(commands) {
  return commands.filter((one) => one.type === CHAT_INPUT).flatMap((one) => lines(one.name, one));
}

function lines(line, holder) {
  const options = holder.options ?? [];
  const inner = options.filter((one) => one.type === SUB || one.type === GROUP);
  if (inner.length) return inner.flatMap((one) => lines(`${line} ${one.name}`, one));
  return [{ line, description: holder.description, options }];
}

export class CommandForm {
  /**
   * @param {Line} command @param {import("./store.js").Store} store @param {import("./session.js").Session} session
   * @param {{ran: (answer: any) => void, left: () => void}} ends
   */
  constructor(command, store, session, ends) {
    this._command = command;
    this._store = store;
    this._session = session;
    this._ends = ends;
    this._place = store.placeId;
    this._readers = new Map();
    const ordered = [...command.options].sort((one, other) => Number(Boolean(other.required)) - Number(Boolean(one.required)));
    const fields = ordered.map((one) => this._field(one));
    this._run = h("button", { class: "button primary", type: "submit" }, "Run");
    this.element = h("form", { class: "command", "aria-label": `Command ${command.line}`, on: { submit: (event) => this._submit(event), keydown: (event) => this._keys(event) } },
      h("div", { class: "command-line" }, h("span", { class: "command-name" }, `/${command.line}`), h("span", { class: "about" }, command.description)),
      fields.length ? h("div", { class: "fields" }, fields) : null,
      h("div", { class: "actions" }, button({ class: "button", on: { click: () => ends.left() } }, "Cancel"), this._run));
  }

  focus() {
    (this.element.querySelector(".input, input") ?? this._run).focus();
  }

  _keys(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this._ends.left();
    }
  }

  async _submit(event) {
    event.preventDefault();
    const options = this._values();
    this._run.classList.add("busy");
    this._ends.left();
    const answer = await this._session.does("run", { place: this._place, command: this._command.line, options });
    if (answer) this._ends.ran(answer);
  }

  _values() {
    const filled = [...this._readers].map(([name, read]) => [name, read()]);
    return Object.fromEntries(filled.filter(([, value]) => value !== null && value !== ""));
  }

  _field(option) {
    const id = `option-of-${option.name}`;
    const input = this._input(option, { class: "input", id, required: Boolean(option.required), title: option.description });
    return h("div", { class: "field" }, h("label", { for: id }, option.name, option.required && h("span", { class: "star", "aria-hidden": "true" }, " *")), input, h("small", {}, option.description));
  }

  _input(option, props) {
    const choices = option.choices?.length ? option.choices.map((one, n) => [one.name, String(n)]) : this._named(option.type);
    if (choices) {
      const select = h("select", props, h("option", { value: "" }, option.required ? "Choose…" : "—"), choices.map(([label, value]) => h("option", { value }, label)));
      const read = option.choices?.length ? () => (select.value === "" ? null : option.choices[Number(select.value)].value) : () => select.value || null;
      this._readers.set(option.name, read);
      return select;
    }
    if (option.type === TYPE.boolean) return this._yesNo(option, props);
    if (option.type === TYPE.file) return h("input", { ...props, disabled: true, required: false, placeholder: "Files cannot be given here" });
    const isNumber = option.type === TYPE.integer || option.type === TYPE.number;
    const more = isNumber
      ? { type: "number", min: option.min_value, max: option.max_value, step: option.type === TYPE.integer ? 1 : "any" }
      : { type: "text", minlength: option.min_length, maxlength: option.max_length ?? 6000 };
    const input = h("input", { ...props, ...more, autocomplete: "off" });
    this._readers.set(option.name, () => (input.value === "" ? null : isNumber ? number(input.value) : input.value));
    if (!option.autocomplete) return input;
    return this._suggesting(option, input, isNumber);
  }

  _yesNo(option, props) {
    const select = h("select", props, h("option", { value: "" }, option.required ? "Choose…" : "—"), h("option", { value: "yes" }, "True"), h("option", { value: "no" }, "False"));
    this._readers.set(option.name, () => (select.value === "" ? null : select.value === "yes"));
    return select;
  }

  /** What somebody or something can be named from, or null for an option that is written. */
  _named(type) {
    const { _store: store } = this;
    const guild = store.guildOf(store.place);
    const users = store.membersOf(store.place).map((one) => [nameOf(one), one.id]);
    const roles = (guild?.roles ?? []).map((one) => [one.name, one.id]);
    switch (type) {
      case TYPE.user: return users;
      case TYPE.role: return roles;
      case TYPE.mentionable: return [...users, ...roles];
      case TYPE.channel: return (guild?.channels ?? [store.place]).filter((one) => one.type !== CATEGORY).map((one) => [`#${store.titleOf(one)}`, one.id]);
      default: return null;
    }
  }

  /** Let the bot suggest while somebody types; a suggestion's name stands for its value. */
  _suggesting(option, input, isNumber) {
    if (isNumber) input.type = "text";
    const box = h("div", {}, input);
    const suggesting = new Suggesting(input, box, `Options for ${option.name}`, async () => {
      const options = { ...this._values(), [option.name]: input.value };
      return (await this._session.asks("suggest", { place: this._place, command: this._command.line, options, focused: option.name })).choices;
    });
    this._readers.set(option.name, () => (input.value === "" ? null : suggesting.value ?? (isNumber ? number(input.value) : input.value)));
    return box;
  }
}

/** The number that a text is; what is none stays a text, which is refused by name. @param {string} text */
function number(text) {
  const read = Number(text);
  return Number.isNaN(read) ? text : read;
}
