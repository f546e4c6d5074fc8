/* The sidebar: servers with their channels and threads, the direct messages, and who one is. */

import { avatar, nameOf } from "/static/avatar.js";
import { button, fill, h, icon } from "/static/dom.js";
import { openMenu } from "/static/menu.js";
import { FORUM, THREADS } from "/static/store.js";
import { currentTheme, turnTheme } from "/static/theme.js";

const VOICES = new Set([2, 13]);

export class Sidebar {
  /** @param {import("./store.js").Store} store @param {import("./session.js").Session} session */
  constructor(store, session) {
    this._store = store;
    this._session = session;
    this._element = document.getElementById("sidebar");
    this._backdrop = document.getElementById("backdrop");
    this._places = h("div", { class: "places" });
    this._me = h("div", { class: "me" });
    this._element.append(
      h("div", { class: "side-head" }, h("img", { src: "/static/icon.svg", alt: "" }), "Parley", h("small", {}, "DEMO")),
      this._places, this._me);
    this._backdrop.addEventListener("click", () => this.close());
    this._element.addEventListener("keydown", (event) => this._keys(event));
    store.on("places place hello", () => this._render());
    store.on("place", () => this.close());
  }

  /** Open the drawer of a narrow screen. */
  open() {
    this._element.classList.add("open");
    this._backdrop.hidden = false;
    (this._places.querySelector("[aria-current]") ?? this._places.querySelector("button"))?.focus();
  }

  close() {
    this._element.classList.remove("open");
    this._backdrop.hidden = true;
  }

  _render() {
    const { _store: store } = this;
    const focused = document.activeElement?.dataset?.place;
    const guilds = store.places.guilds.map((guild) => this._guild(guild));
    const direct = store.places.dms.map((one) => this._place(one, false));
    fill(this._places, guilds, direct.length ? h("section", {}, h("h2", {}, "Direct messages"), h("ul", {}, direct)) : null);
    if (focused) this._places.querySelector(`[data-place="${focused}"]`)?.focus({ preventScroll: true });
    this._renderMe();
  }

  _guild(guild) {
    const top = guild.channels.filter((one) => !THREADS.has(one.type) && !this._store.isCategory(one));
    const categories = guild.channels.filter((one) => this._store.isCategory(one));
    const group = (parent) => top.filter((one) => (one.parent_id ?? null) === (parent?.id ?? null)).sort((one, other) => one.position - other.position);
    const rows = (list) => list.flatMap((one) => [this._place(one, false), ...this._threads(guild, one)]);
    return h("section", {}, h("h2", {}, guild.name), h("ul", {}, rows(group(null))),
      categories.filter((one) => group(one).length).map((one) => [h("h2", {}, one.name), h("ul", {}, rows(group(one)))]));
  }

  _threads(guild, parent) {
    const threads = guild.channels.filter((one) => THREADS.has(one.type) && one.parent_id === parent.id);
    const live = threads.filter((one) => !one.thread_metadata.archived || one.id === this._store.placeId);
    return live.map((one) => this._place(one, true));
  }

  _place(channel, nested) {
    const { _store: store } = this;
    const unread = store.isUnread(channel);
    const looks = ["place", nested && "nested", unread && "unread", channel.thread_metadata?.archived && "over"].filter(Boolean).join(" ");
    const sign = store.isDm(channel) ? avatar(channel.recipients[0]) : icon(signOf(channel));
    return h("li", {}, button({
      class: looks, "data-place": channel.id, "aria-current": channel.id === store.placeId ? "page" : null,
      on: { click: () => { this._session.go(channel.id); this.close(); } },
    }, sign, h("span", { class: "label" }, store.titleOf(channel)), unread && h("span", { class: "hushed" }, "unread")));
  }

  _renderMe() {
    const me = this._store.me;
    if (!me) return;
    const who = button({ class: "who", "aria-haspopup": "menu", "aria-label": `You are ${nameOf(me)}. Be somebody else`, on: { click: () => this._choosePerson(who) } },
      avatar(me), h("span", {}, h("b", {}, nameOf(me)), h("small", {}, "Switch person")));
    const theme = button({ class: "tool", title: "Dark or light", on: { click: () => { turnTheme(); this._renderMe(); this._me.querySelector(".tool").focus(); } } }, icon(currentTheme() === "light" ? "moon" : "sun"));
    theme.setAttribute("aria-label", currentTheme() === "light" ? "Change to dark colours" : "Change to light colours");
    this._me.replaceChildren(who, theme);
  }

  _choosePerson(who) {
    const { _store: store } = this;
    const items = store.people.map((one) => ({ label: nameOf(one), before: avatar(one), checked: one.id === store.meId, act: () => one.id !== store.meId && this._session.become(one.id) }));
    openMenu(who, [{ title: "Write as" }, ...items], { label: "Who you are" });
  }

  _keys(event) {
    if (event.key === "Escape" && this._element.classList.contains("open")) {
      this.close();
      document.getElementById("open-places")?.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = [...this._places.querySelectorAll(".place")];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length].focus();
  }
}

/** The icon of a kind of channel. */
export function signOf(channel) {
  if (THREADS.has(channel.type)) return channel.thread_metadata?.locked ? "lock" : "thread";
  if (channel.type === FORUM) return "forum";
  return VOICES.has(channel.type) ? "voice" : "hash";
}
