/* A forum: its posts instead of messages, and a way to open one. */

import { button, h, icon } from "/static/dom.js";
import { askLine } from "/static/dialog.js";
import { FORUM } from "/static/store.js";

export class Forum {
  /** @param {import("./store.js").Store} store @param {import("./session.js").Session} session @param {import("./actions.js").Actions} actions */
  constructor(store, session, actions) {
    this._store = store;
    this._session = session;
    this._actions = actions;
    this._element = h("div", { class: "forum", hidden: true });
    document.getElementById("room").append(this._element);
    store.on("places place", () => this._render());
  }

  _render() {
    const forum = this._store.place;
    const here = forum?.type === FORUM;
    this._element.hidden = !here;
    document.getElementById("log").hidden = here;
    if (!here) return;
    const posts = this._store.channels.filter((one) => one.parent_id === forum.id);
    this._element.replaceChildren(
      h("p", {}, posts.length ? "Each post is a conversation of its own." : "Nobody has posted here yet. Each post is a conversation of its own."),
      button({ class: "button primary", on: { click: () => this._open(forum) } }, icon("plus"), "New post"),
      ...posts.map((one) => button({ class: "thread-link", on: { click: () => this._session.go(one.id) } }, icon("forum"), h("span", {}, one.name), h("small", {}, one.message_count === 1 ? "1 reply ›" : `${one.message_count} replies ›`))));
  }

  async _open(forum) {
    const title = await askLine({ title: "New post", label: "Title", action: "Next" });
    if (!title) return;
    const text = await askLine({ title, label: "What you want to say", action: "Post", long: true });
    if (!text) return;
    const answer = await this._session.does("post", { place: forum.id, title, text, tags: [] });
    if (answer) this._actions.goWhenSeen(answer.place);
  }
}
