/* The log: the messages of the open place, in order. A message is made anew only when it has changed. */

import { avatar, nameOf } from "/static/avatar.js";
import { button, h, icon } from "/static/dom.js";
import { goesOn, isThinking, messageElement } from "/static/message.js";
import { FORUM } from "/static/store.js";
import { dayOf, sameDay } from "/static/times.js";

const WRITING_MS = 1600;
const NEAR = 80;

export class Log {
  /** @param {import("./store.js").Store} store @param {import("./session.js").Session} session @param {import("./actions.js").Actions} actions */
  constructor(store, session, actions) {
    this._store = store;
    this._session = session;
    this._actions = actions;
    this._log = document.getElementById("log");
    this._list = document.getElementById("messages");
    this._newest = document.getElementById("newest");
    /** @type {Map<string, {element: HTMLElement, message: any, follows: boolean, writing: boolean}>} */
    this._made = new Map();
    this._writing = new Map();
    this._pinned = true;
    /** @type {(text: string) => void} what to do with a text that a beginner may try */
    this.suggests = () => {};
    this._log.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this._list.addEventListener("contextmenu", (event) => this._context(event));
    this._list.addEventListener("keydown", (event) => this._keys(event));
    this._list.addEventListener("load", () => this._pinned && this.toEnd(), true);
    this._newest.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this._pinned && this.toEnd()).observe(this._log);
    store.on("messages", (news) => this._update(news));
    store.on("place hello", () => this._reset());
    store.on("places", () => this._refresh());
  }

  toEnd() {
    this._log.scrollTop = this._log.scrollHeight;
    this._newest.hidden = true;
  }

  /** Show a message and point it out. */
  jump(id) {
    const element = this._made.get(id)?.element;
    if (!element) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    element.classList.remove("flash");
    void element.offsetWidth; // so that the animation begins anew
    element.classList.add("flash");
  }

  _reset() {
    this._made.clear();
    for (const timer of this._writing.values()) clearTimeout(timer);
    this._writing.clear();
    this._last = undefined;
    this._list.replaceChildren();
    this._pinned = true;
    this._newest.hidden = true;
  }

  /** Names, threads and rights may have changed: what shows them is made anew. */
  _refresh() {
    if (!this._store.loaded) return;
    for (const made of this._made.values()) if (made.message?.thread) made.message = null;
    this._render(false);
  }

  _update({ fresh, changed }) {
    if (fresh) this._made.clear();
    else for (const id of changed) this._noteWriting(id);
    this._render(fresh);
  }

  /** An answer of a bot that comes or changes is being written: it has a cursor until it rests. */
  _noteWriting(id) {
    const message = this._store.messages.get(id);
    const isOld = !this._made.has(id) && this._last !== undefined && BigInt(id) < BigInt(this._last);
    const isAnswer = message.author.bot && !message.interaction && !message.components.length && !message.attachments.length;
    clearTimeout(this._writing.get(id));
    this._writing.delete(id);
    if (!isAnswer || isOld || isThinking(message)) return;
    this._writing.set(id, setTimeout(() => {
      this._writing.delete(id);
      this._render(false);
    }, WRITING_MS));
  }

  _render(fresh) {
    const focused = document.activeElement?.closest?.("#log [data-id]")?.dataset.id;
    const height = this._log.scrollHeight;
    const top = this._log.scrollTop;
    const firstBefore = this._made.keys().next().value;
    const kept = new Map();
    const rows = [this._store.loaded && (this._store.older ? this._olderButton() : this._beginning())];
    let before = null;
    for (const message of this._store.messages.values()) {
      const at = new Date(message.timestamp);
      const newDay = !before || !sameDay(new Date(before.timestamp), at);
      if (newDay) rows.push(h("li", { class: "day", role: "separator" }, dayOf(at)));
      const follows = !newDay && goesOn(message, before);
      const made = this._element(message, follows, fresh);
      kept.set(message.id, made);
      rows.push(made.element);
      before = message;
    }
    this._made = kept;
    this._arrange(rows.filter(Boolean));
    this._keepPosition(fresh, height, top, firstBefore);
    const last = [...kept.values()].at(-1);
    for (const one of kept.values()) one.element.tabIndex = one === last ? 0 : -1;
    if (focused && !document.activeElement?.closest?.("#log")) kept.get(focused)?.element.focus({ preventScroll: true });
  }

  _element(message, follows, fresh) {
    const before = this._made.get(message.id);
    const writing = this._writing.has(message.id);
    if (before && before.message === message && before.follows === follows && before.writing === writing) return before;
    const around = { follows, writing, store: this._store, session: this._session, actions: this._actions, jump: (id) => this.jump(id) };
    const element = messageElement(message, around);
    if (!before && !fresh) element.classList.add("arrives");
    return { element, message, follows, writing };
  }

  /** Bring the rows into order and touch only what is elsewhere: a moved element would lose its focus. */
  _arrange(rows) {
    const wanted = new Set(rows);
    for (const child of [...this._list.children]) if (!wanted.has(child)) child.remove();
    let at = this._list.firstChild;
    for (const row of rows) {
      if (row === at) at = at.nextSibling;
      else this._list.insertBefore(row, at);
    }
  }

  _keepPosition(fresh, height, top, firstBefore) {
    const ids = [...this._made.keys()];
    if (fresh || this._pinned) {
      this.toEnd();
    } else if (firstBefore && ids[0] !== firstBefore && ids.includes(firstBefore)) {
      this._log.scrollTop = this._log.scrollHeight - height + top;
    } else {
      this._newest.hidden = ids.at(-1) === this._last;
    }
    this._last = ids.at(-1);
  }

  _olderButton() {
    this._more ??= button({ class: "older", on: { click: () => this._session.does("older") } }, "Show older messages");
    this._moreRow ??= h("li", {}, this._more);
    return this._moreRow;
  }

  _beginning() {
    const { _store: store } = this;
    const place = store.place;
    if (!place || place.type === FORUM) return null;
    const bot = store.bot ? nameOf(store.bot) : "the bot";
    const title = store.isDm(place) ? nameOf(store.bot) : `${place.thread_metadata ? "" : "#"}${store.titleOf(place)}`;
    const thread = store.channel(place.parent_id)?.type === FORUM ? "A post is a conversation of its own." : "A thread knows what was said before it, and goes its own way from here.";
    const about = store.isDm(place)
      ? `Direct messages with ${bot}: it answers everything that you write here.`
      : `${place.thread_metadata ? thread : `This is where ${title} begins.`} Mention @${bot} and it answers.`;
    const badge = store.isDm(place) ? avatar(store.bot) : h("div", { class: "badge" }, icon(place.thread_metadata ? "thread" : "hash"));
    const start = store.isDm(place) ? "" : `@${bot} `;
    const tries = store.can("write") && ["hello, who are you?", "show me a code block", "what did I say first?"].map((text) => button({ class: "older", on: { click: () => this.suggests(start + text) } }, start + text));
    return h("li", { class: "beginning" }, badge, h("h2", {}, title), h("p", {}, about), tries && h("div", { class: "tries" }, tries));
  }

  _scrolled() {
    const left = this._log.scrollHeight - this._log.scrollTop - this._log.clientHeight;
    this._pinned = left < NEAR;
    if (this._pinned) this._newest.hidden = true;
  }

  _of(target) {
    const id = target.closest?.("[data-id]")?.dataset.id;
    return id ? this._store.messages.get(id) ?? null : null;
  }

  _context(event) {
    const message = this._of(event.target);
    const own = event.target.closest("a, input, textarea") || String(getSelection()).trim();
    if (!message || own) return;
    event.preventDefault();
    const byKeyboard = event.clientX === 0 && event.clientY === 0;
    this._actions.menu(message, byKeyboard ? this._made.get(message.id).element : { x: event.clientX, y: event.clientY });
  }

  _keys(event) {
    const row = event.target.closest("li[data-id]");
    if (row !== event.target) {
      if (event.key === "Escape") row?.focus();
      return;
    }
    const all = [...this._made.values()].map((one) => one.element);
    const at = all.indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      (all[to] ?? row).focus();
      if (at === all.length - 1 && event.key === "ArrowDown") document.getElementById("draft")?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      this._actions.menu(this._of(row), row);
    } else if (event.key === "Escape") {
      document.getElementById("draft")?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }
}
