/* The session: who this tab is and where it looks, and what it asks the server to do. */

import { Connection, Refused } from "/static/connection.js";
import { nameOf } from "/static/avatar.js";
import { FORUM } from "/static/store.js";
import { toast } from "/static/toast.js";

const KEPT = "parley";

export class Session {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this._store = store;
    this._connection = new Connection((frame) => this._hears(frame), (state) => this._turns(state));
    this._wanted = recalled();
    this._watches = false;
    this._draft = "";
    this._typedAt = 0;
  }

  start() { this._connection.open(); }

  /** Ask, and show a refusal as a toast. Resolves with the answer, or null if it was refused. */
  async does(op, more = {}) {
    try {
      return await this.asks(op, more);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message, "bad");
      return null;
    }
  }

  /** Ask, about the place that is open unless told otherwise. Rejects with Refused. */
  asks(op, more = {}) {
    return this._connection.ask(op, { place: this._store.placeId, ...more });
  }

  become(userId) {
    const store = this._store;
    const place = store.place;
    this._wanted = { person: nameOf(store.user(userId)), place: place && !store.isDm(place) ? keyOf(store, place) : null, dm: store.isDm(place) };
    store.meId = userId;
    store.leave();
    store.placeId = null;
    store.places = { guilds: [], dms: [] };
    this._connection.ask("look", { person: userId, place: null }).catch(() => {});
    store.tell("hello");
  }

  /** Go to a place. @param {string} id */
  go(id) {
    const store = this._store;
    if (id === store.placeId || !store.channel(id)) return;
    store.leave();
    store.placeId = id;
    store.notePlaces();
    this._wanted = { person: nameOf(store.me), place: keyOf(store, store.place), dm: store.isDm(store.place) };
    keep(this._wanted);
    this._connection.ask("look", { person: store.meId, place: id }).catch(() => {});
    store.tell("place");
    store.tell("messages", { fresh: true, changed: new Set() });
    store.tell("typing");
    store.tell("seen");
  }

  /** Tell that one is typing; the dots last longer than the pause between two of these. */
  types() {
    if (Date.now() - this._typedAt < 7000) return;
    this._typedAt = Date.now();
    this.asks("type").catch(() => {});
  }

  stopsTyping() { this._typedAt = 0; }

  watch(on) {
    this._watches = on;
    this._connection.ask("watch", { on }).catch(() => {});
  }

  _turns(state) {
    this._store.connection = state;
    this._store.tell("connection");
  }

  _hears(frame) {
    const store = this._store;
    switch (frame.op) {
      case "hello": return this._welcome(frame);
      case "places": return this._takePlaces(frame);
      case "place":
        if (frame.place !== store.placeId) return;
        store.commands = frame.commands;
        return store.tell("commands");
      case "messages": return store.takeMessages(frame);
      case "typing": return store.takeTyping(frame);
      case "seen":
        if (frame.place !== store.placeId) return;
        store.seen = frame.seen;
        return store.tell("seen", { told: true });
      case "lost":
        store.placeId = null;
        return this._settle();
      case "error": return toast(frame.text, "bad");
    }
  }

  _welcome(frame) {
    const store = this._store;
    const restarted = store.hello !== null && store.hello.scene !== frame.scene;
    if (restarted) {
      store.read.clear();
      this._draft = store.draft;
      store.drafts.clear();
    }
    store.hello = frame;
    const person = frame.people.find((one) => nameOf(one) === this._wanted.person) ?? frame.people[0];
    store.meId = person.id;
    store.leave();
    store.placeId = null;
    this._connection.ask("look", { person: person.id, place: null }).catch(() => {});
    if (this._watches) this.watch(true);
    store.tell("hello");
  }

  _takePlaces(frame) {
    const store = this._store;
    if (frame.person !== store.meId) return;
    store.places = { guilds: frame.guilds, dms: frame.dms };
    store.online = frame.online;
    store.notePlaces();
    store.tell("places");
    if (store.place === null) this._settle();
  }

  /** Open the place that was open last, or the first one where one can write. */
  _settle() {
    const store = this._store;
    store.placeId = null;
    const open = store.channels.filter((one) => !store.isCategory(one));
    const last = open.find((one) => keyOf(store, one) === this._wanted.place && (!store.isDm(one) || this._wanted.dm));
    const direct = this._wanted.dm ? store.places.dms[0] : null;
    const first = open.find((one) => store.can("write", one) && one.type !== FORUM && !one.thread_metadata) ?? open[0];
    const place = last ?? direct ?? first;
    if (place && place === last && this._draft) store.drafts.set(store.draftKey(place.id), this._draft);
    this._draft = "";
    if (place) this.go(place.id);
  }
}

/** A place's name in the world: after a restart its id is another one. */
function keyOf(store, channel) {
  return channel ? `${store.guildOf(channel)?.name ?? ""}/${store.channel(channel.parent_id)?.name ?? ""}/${store.titleOf(channel)}` : null;
}

function recalled() {
  try {
    return { person: null, place: null, dm: false, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return { person: null, place: null, dm: false };
  }
}

function keep(wanted) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(wanted));
  } catch { /* a browser that keeps nothing begins anew each time */ }
}
