/* The store: what this tab knows of the world, and who wants to hear when it changes.
 *
 * @typedef {{id: string, username: string, global_name: string | null, bot?: boolean}} User
 * @typedef {{id: string, type: number, name?: string, guild_id?: string, parent_id?: string | null, topic?: string | null,
 *   last_message_id: string | null, can: string[], recipients?: User[], message_count?: number,
 *   thread_metadata?: {archived: boolean, locked: boolean}}} Channel
 * @typedef {{id: string, name: string, channels: Channel[], roles: {id: string, name: string}[], members: User[]}} Guild
 *
 * Topics: "hello" "connection" "places" "place" "commands" "messages" "typing" "seen" "draft".
 */

import { nameOf } from "/static/avatar.js";

const TYPING_MS = 10_000;
export const THREADS = new Set([10, 11, 12]);
export const FORUM = 15;
const DM = 1;
const CATEGORY = 4;

export class Store {
  constructor() {
    this._listeners = new Map();
    /** @type {"connecting" | "open" | "lost"} */
    this.connection = "connecting";
    this.hello = null;
    this.meId = null;
    /** @type {{guilds: Guild[], dms: Channel[]}} */
    this.places = { guilds: [], dms: [] };
    /** Whether the bot is there; null until that was told. @type {boolean | null} */
    this.online = null;
    this.placeId = null;
    this.commands = [];
    /** @type {Map<string, any>} */
    this.messages = new Map();
    this.older = false;
    this.loaded = false;
    /** @type {Map<string, number>} user id to when the dots go away */
    this.typing = new Map();
    /** What the model saw; undefined until that was told. */
    this.seen = undefined;
    this.read = new Map();
    this.drafts = new Map();
    this.replyTo = null;
    this.ping = true;
    this.editing = null;
    this.revealed = new Set();
  }

  on(topics, listener) {
    for (const topic of topics.split(" ")) this._listeners.set(topic, [...(this._listeners.get(topic) ?? []), listener]);
  }

  tell(topic, more) {
    for (const listener of this._listeners.get(topic) ?? []) listener(more);
  }

  get bot() { return this.hello?.bot ?? null; }

  get people() { return this.hello?.people ?? []; }

  get me() { return this.people.find((one) => one.id === this.meId) ?? null; }

  /** @returns {Channel[]} */
  get channels() { return [...this.places.guilds.flatMap((guild) => guild.channels), ...this.places.dms]; }

  /** @returns {Channel | null} */
  get place() { return this.channel(this.placeId); }

  channel(id) { return this.channels.find((one) => one.id === id) ?? null; }

  guildOf(channel) { return this.places.guilds.find((one) => one.id === channel?.guild_id) ?? null; }

  /** The users who are in a place: those to be mentioned there. */
  membersOf(channel) {
    return this.guildOf(channel)?.members ?? [...(channel?.recipients ?? []), ...(this.me ? [this.me] : [])];
  }

  user(id) {
    if (this.bot?.id === id) return this.bot;
    const known = [...this.people, ...this.places.guilds.flatMap((guild) => guild.members)];
    return known.find((one) => one.id === id) ?? null;
  }

  role(id) { return this.places.guilds.flatMap((guild) => guild.roles).find((one) => one.id === id) ?? null; }

  /** What a place is called, without its sign. */
  titleOf(channel) {
    if (!channel) return "";
    return channel.type === DM ? (channel.recipients ?? []).map(nameOf).join(", ") : channel.name;
  }

  /** What somebody was about to write somewhere. */
  draftKey(placeId = this.placeId) { return `${this.meId}/${placeId}`; }

  get draft() { return this.drafts.get(this.draftKey()) ?? ""; }

  isDm(channel) { return channel?.type === DM; }

  isCategory(channel) { return channel?.type === CATEGORY; }

  can(right, channel = this.place) { return Boolean(channel?.can.includes(right)); }

  /** Names for the Markdown, as seen here. @returns {import("./text.js").Names} */
  names(go) {
    return {
      user: (id) => (this.user(id) ? nameOf(this.user(id)) : null),
      role: (id) => this.role(id)?.name ?? null,
      channel: (id) => (this.channel(id) ? this.titleOf(this.channel(id)) : null),
      go,
      revealed: this.revealed,
    };
  }

  isUnread(channel) {
    const last = channel.last_message_id;
    return Boolean(last) && channel.id !== this.placeId && BigInt(last) > BigInt(this.read.get(channel.id) ?? last);
  }

  /** Everything up to now counts as read, for places that nobody has looked at yet. */
  notePlaces() {
    for (const channel of this.channels) {
      if (!this.read.has(channel.id) || channel.id === this.placeId) this.read.set(channel.id, channel.last_message_id ?? "0");
    }
  }

  // ---------------------------------------------------------------- what comes from the server

  takeMessages(frame) {
    if (frame.place !== this.placeId) return;
    const before = this.messages;
    const changed = new Set(frame.changed.map((one) => one.id));
    const merged = frame.fresh ? new Map() : new Map(before);
    for (const id of frame.gone) merged.delete(id);
    for (const one of frame.changed) merged.set(one.id, one);
    this.messages = new Map([...merged].sort(([one], [other]) => (BigInt(one) < BigInt(other) ? -1 : 1)));
    this.older = frame.older;
    this.loaded = true;
    for (const one of frame.changed) if (!before.has(one.id)) this.typing.delete(one.author.id);
    this.tell("messages", { fresh: frame.fresh, changed });
    this.tell("typing");
  }

  takeTyping(frame) {
    if (frame.place !== this.placeId) return;
    this.typing.set(frame.user, Date.now() + TYPING_MS);
    this.tell("typing");
    setTimeout(() => this.tell("typing"), TYPING_MS + 50);
  }

  typists() {
    for (const [id, until] of this.typing) if (until <= Date.now()) this.typing.delete(id);
    return [...this.typing.keys()].map((id) => this.user(id)).filter(Boolean);
  }

  /** Leave a place: what belongs to it is forgotten, its draft is kept. */
  leave() {
    this.messages = new Map();
    this.loaded = false;
    this.older = false;
    this.commands = [];
    this.typing.clear();
    this.seen = undefined;
    this.replyTo = null;
    this.editing = null;
  }
}
