/* The bar above the messages: where one is, and the ways to the two sides. */

import { avatar } from "/static/avatar.js";
import { button, fill, h, icon } from "/static/dom.js";
import { signOf } from "/static/sidebar.js";

export class Bar {
  /**
   * @param {import("./store.js").Store} store @param {import("./session.js").Session} session
   * @param {import("./sidebar.js").Sidebar} sidebar @param {import("./seen.js").SeenPanel} seen
   */
  constructor(store, session, sidebar, seen) {
    this._store = store;
    this._session = session;
    this._sidebar = sidebar;
    this._seen = seen;
    this._element = document.getElementById("bar");
    this._banner = document.getElementById("banner");
    store.on("places place hello", () => this._render());
    store.on("connection", () => this._renderBanner());
    seen.turned = () => this._render();
  }

  _render() {
    const { _store: store } = this;
    const place = store.place;
    const title = place ? store.titleOf(place) : "";
    document.title = title ? `${place && !store.isDm(place) && !place.thread_metadata ? "#" : ""}${title} · Parley` : "Parley";
    const parent = place?.thread_metadata ? store.channel(place.parent_id) : null;
    const focused = document.activeElement?.id;
    fill(this._element,
      button({ class: "tool only-narrow", id: "open-places", "aria-label": "Show places", on: { click: () => this._sidebar.open() } }, icon("menu")),
      parent && [button({ class: "back", title: `Back to #${parent.name}`, on: { click: () => this._session.go(parent.id) } }, `#${parent.name}`), h("span", { "aria-hidden": "true" }, "›")],
      h("h1", {}, place && (store.isDm(place) ? avatar(place.recipients[0]) : !parent && icon(signOf(place))), h("span", {}, title)),
      place?.topic && h("div", { class: "topic", title: place.topic }, place.topic),
      h("div", { class: "space" }),
      store.hello?.inspects && button({
        class: "tool wide", id: "open-seen", title: "What the model sees", "aria-label": "What the model sees", "aria-pressed": String(this._seen.open), "aria-controls": "seen",
        on: { click: () => this._seen.turn() },
      }, icon("eye"), h("span", {}, "What the model sees")));
    if (focused) document.getElementById(focused)?.focus();
  }

  _renderBanner() {
    const lost = this._store.connection === "lost";
    this._banner.hidden = !lost;
    if (lost && !this._banner.childElementCount) {
      fill(this._banner, h("span", { class: "spin", "aria-hidden": "true" }), "The demo was stopped. This page comes back by itself when it runs again.");
    } else if (!lost) {
      this._banner.replaceChildren();
    }
  }
}
