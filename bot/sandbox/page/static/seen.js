/* The panel of what the model sees: the last request, its budget, and the history as it is stored. */

import { button, fill, h, icon } from "/static/dom.js";
import { preview } from "/static/text.js";

const KEPT = "parley-seen";
const WIDE = matchMedia("(min-width: 1081px)");
const number = new Intl.NumberFormat();

export class SeenPanel {
  /** @param {import("./store.js").Store} store @param {import("./session.js").Session} session */
  constructor(store, session) {
    this._store = store;
    this._session = session;
    this._element = document.getElementById("seen");
    this._inside = h("div", { class: "inside", tabindex: "0", role: "region", "aria-label": "The last request and the history" });
    this._opened = new Set();
    this._started = false;
    this.turned = () => {};
    this._close = button({ class: "tool", "aria-label": "Close the panel", on: { click: () => this.turn() } }, icon("close"));
    this._element.append(h("header", {}, icon("eye"), h("h2", {}, "What the model sees"), this._close), this._inside);
    this._element.addEventListener("keydown", (event) => event.key === "Escape" && this.turn());
    store.on("hello", () => this._start());
    store.on("seen", () => this._render());
  }

  get open() { return !this._element.hidden; }

  turn() {
    this._show(!this.open);
    try {
      localStorage.setItem(KEPT, this.open ? "open" : "closed");
    } catch { /* then it is not remembered */ }
    if (this.open && !WIDE.matches) this._close.focus();
    else document.getElementById("open-seen")?.focus();
  }

  /** It is open from the start where there is room for it and nobody has closed it. */
  _start() {
    if (this._started || !this._store.hello.inspects) return;
    this._started = true;
    let kept = null;
    try {
      kept = localStorage.getItem(KEPT);
    } catch { /* as if nothing were kept */ }
    this._show(WIDE.matches && kept !== "closed");
  }

  _show(open) {
    this._element.hidden = !open;
    this._session.watch(open);
    if (open) this._render();
    this.turned();
  }

  _render() {
    if (!this.open) return;
    const { seen } = this._store;
    if (seen === undefined) return void this._inside.replaceChildren();
    if (seen === null) {
      fill(this._inside, h("p", { class: "empty" }, "Nothing was sent to the model from here yet. Ask something, and the exact request stands here."));
      return;
    }
    const top = this._inside.scrollTop;
    const names = this._store.names(() => {});
    const request = seen.messages.length ? [budget(seen), facts(seen, names), this._request(seen)] : h("p", { class: "empty" }, "Nothing of this conversation was sent to the model yet. Ask something, and the exact request stands here.");
    fill(this._inside, request, history(seen, names));
    this._inside.scrollTop = top;
  }

  _request(seen) {
    const rows = seen.messages.map((one, n) => {
      const key = `${this._store.placeId}/${n}`;
      const details = h("details", { open: this._opened.has(key), on: { toggle: () => (details.open ? this._opened.add(key) : this._opened.delete(key)) } },
        h("summary", {}, h("b", { class: `role ${one.role}` }, one.role), h("span", {}, one.content.slice(0, 200)), h("i", { class: "tokens" }, tokens(one.tokens))),
        h("pre", {}, one.content), one.pictures.length > 0 && h("ul", { class: "shown" }, one.pictures.map(picture)));
      return h("li", {}, details);
    });
    return [h("h3", {}, "The last request ", h("small", {}, `${seen.messages.length} messages, word for word`)), h("ol", { class: "sent" }, rows)];
  }
}

function picture(one) {
  const figures = `${one.width} × ${one.height}, ${tokens(one.tokens)}`;
  return h("li", {}, h("img", { src: `/sent/${one.key}`, alt: one.name, loading: "lazy" }), h("span", {}, one.name, h("small", {}, figures)));
}

function tokens(count) {
  return `${number.format(count)} tok`;
}

function budget(seen) {
  const share = (count) => `${Math.min(100, (100 * count) / Math.max(1, seen.budget, seen.prompt_tokens))}%`;
  const cached = seen.prompt_tokens ? Math.round((100 * seen.cached_tokens) / seen.prompt_tokens) : 0;
  const trimmed = seen.dropped === 1 ? "1 turn trimmed" : `${number.format(seen.dropped)} turns trimmed`;
  const meter = h("div", { class: "meter", role: "meter", "aria-label": "Tokens of the budget", "aria-valuemin": "0", "aria-valuemax": seen.budget, "aria-valuenow": seen.prompt_tokens },
    h("i", { class: "cached", vars: { width: share(seen.cached_tokens) } }), h("i", { class: "fresh", vars: { width: share(seen.prompt_tokens - seen.cached_tokens) } }));
  return h("div", { class: "budget" },
    h("div", { class: "figures" }, h("span", {}, h("b", {}, number.format(seen.prompt_tokens)), " tokens sent"), h("span", {}, `budget ${number.format(seen.budget)}`)),
    meter,
    h("div", { class: "legend" }, h("span", {}, h("i", { class: "cached" }), `${cached}% from the cache`), h("span", {}, h("i", { class: "fresh" }), "new"), h("span", {}, trimmed)));
}

/** @param {import("./text.js").Names} names */
function facts(seen, names) {
  if (!seen.facts.length) return null;
  const rows = seen.facts.map((one) => h("div", {}, h("dt", {}, one.name),
    h("dd", {}, h("b", {}, one.value), one.detail && h("code", {}, one.detail), h("small", {}, preview(one.source, names)))));
  return [h("h3", {}, "Who answers ", h("small", {}, "and where each value comes from")), h("dl", { class: "facts" }, rows)];
}

/** @param {import("./text.js").Names} names */
function history(seen, names) {
  const where = h("code", { class: "where" }, seen.path);
  if (!seen.turns.length) return where;
  const head = h("tr", {}, ["who", "text", "state", "tok"].map((one) => h("th", { scope: "col" }, one)));
  const rows = seen.turns.map((one) => h("tr", { class: one.sent ? null : "trimmed", title: one.sent ? null : "not in the last request" },
    h("td", { title: one.author }, one.author), h("td", { title: one.text.slice(0, 500) }, preview(one.text.slice(0, 200), names)), h("td", {}, one.state), h("td", {}, number.format(one.tokens))));
  return [
    h("h3", {}, "The history ", h("small", {}, seen.turns.length === 1 ? "1 turn stored" : `${number.format(seen.turns.length)} turns stored`)),
    h("table", { class: "stored" }, h("thead", {}, head), h("tbody", {}, rows)),
    seen.turns.some((one) => !one.sent) && h("p", { class: "key" }, "In italics: not in the last request."),
    where,
  ];
}
