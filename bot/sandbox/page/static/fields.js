/* Fields: what is filled in in a modal, and read back by custom id. */

import { h } from "/static/dom.js";
import { options as optionsOf } from "/static/choices.js";

const TEXT_INPUT = 4;
const FILE_UPLOAD = 19;
const RADIO = 21;
const CHECKS = 22;
const CHECK = 23;
const PARAGRAPH = 2;

let number = 0;

export class Fields {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this._store = store;
    this._readers = new Map();
  }

  /** What was filled in, by custom id. */
  values() {
    return Object.fromEntries([...this._readers].map(([id, read]) => [id, read()]));
  }

  /** Make a field with its label. */
  field(component, label, about) {
    number += 1;
    const id = `field-${number}`;
    const required = component.required !== false && component.type !== CHECK;
    const said = about ? `${id}-about` : null;
    const star = required && h("span", { class: "star", "aria-hidden": "true" }, " *");
    const inner = this._input(component, { id, required, "aria-describedby": said });
    const grouped = component.type === RADIO || component.type === CHECKS;
    const name = grouped ? h("span", { class: "label", id: `${id}-label` }, label, star) : h("label", { for: id }, label, star);
    if (grouped) inner.setAttribute("aria-labelledby", `${id}-label`);
    return h("div", { class: "field" }, name, about && h("small", { id: said }, about), inner);
  }

  _input(component, props) {
    switch (component.type) {
      case TEXT_INPUT: return this._text(component, props);
      case RADIO: case CHECKS: return this._group(component, props);
      case CHECK: return this._check(component, props);
      case FILE_UPLOAD: return h("p", {}, "Files cannot be sent in this window.");
      default: return this._select(component, props);
    }
  }

  _text(component, props) {
    const more = { ...props, class: "input", placeholder: component.placeholder, maxlength: component.max_length ?? 4000, minlength: component.min_length };
    const input = component.style === PARAGRAPH ? h("textarea", more) : h("input", { ...more, autocomplete: "off" });
    input.value = component.value ?? "";
    this._readers.set(component.custom_id, () => input.value);
    return component.style === PARAGRAPH ? counted(input) : input;
  }

  _select(component, props) {
    const many = (component.max_values ?? 1) > 1;
    const found = optionsOf(component, this._store);
    const input = h("select", { ...props, class: "input", multiple: many, size: many ? Math.min(found.length, 6) : null },
      !many && h("option", { value: "" }, component.placeholder ?? "Choose…"),
      found.map((one) => h("option", { value: one.value, selected: one.default }, one.label)));
    this._readers.set(component.custom_id, () => [...input.selectedOptions].map((one) => one.value).filter(Boolean));
    if (many || !found.some((one) => one.description)) return input;
    const about = h("small", { class: "about" });
    const tell = () => (about.textContent = found.find((one) => one.value === input.value)?.description ?? "");
    input.addEventListener("change", tell);
    tell();
    return h("div", { class: "with-about" }, input, about);
  }

  _group(component, props) {
    const kind = component.type === RADIO ? "radio" : "checkbox";
    const inputs = component.options.map((one) => h("input", { type: kind, name: props.id, value: one.value, checked: one.default, required: kind === "radio" && props.required }));
    const rows = component.options.map((one, n) => h("label", { class: "check" }, inputs[n], h("span", { class: "two" }, one.label, one.description && h("small", {}, one.description))));
    const chosen = () => inputs.filter((one) => one.checked).map((one) => one.value);
    this._readers.set(component.custom_id, kind === "radio" ? () => chosen()[0] ?? null : chosen);
    return h("div", { role: kind === "radio" ? "radiogroup" : "group" }, rows);
  }

  _check(component, props) {
    const input = h("input", { id: props.id, type: "checkbox", checked: component.default });
    this._readers.set(component.custom_id, () => input.checked);
    return h("div", { class: "check" }, input);
  }
}

/** A long text with how much of it there may be. */
function counted(input) {
  const count = h("small", { class: "of", "aria-hidden": "true" });
  const tell = () => (count.textContent = `${input.value.length} / ${input.maxLength}`);
  input.addEventListener("input", tell);
  tell();
  return h("div", { class: "with-about" }, input, count);
}
