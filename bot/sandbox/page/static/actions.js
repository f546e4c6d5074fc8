/* Actions on a message: the tools beside it and the menu of everything one can do with it. */

import { avatar, nameOf } from "/static/avatar.js";
import { askLine, askYes, openModal } from "/static/dialog.js";
import { button, h, icon } from "/static/dom.js";
import { openMenu } from "/static/menu.js";
import { isPrivate, isSystem, isThinking } from "/static/message.js";
import { preview } from "/static/text.js";
import { toast } from "/static/toast.js";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;
const NAME_LENGTH = 40;
const QUICK = ["👍", "❤️", "😂", "🎉", "🤔", "👀"];

/** As many whole words as a name has room for. */
function firstWords(text) {
  return text.length <= NAME_LENGTH ? text : text.slice(0, NAME_LENGTH + 1).replace(/\s+\S*$/u, "").slice(0, NAME_LENGTH);
}

export class Actions {
  /** @param {import("./store.js").Store} store @param {import("./session.js").Session} session */
  constructor(store, session) {
    this._store = store;
    this._session = session;
  }

  /** The tools that show when a message is pointed at or focused. */
  toolbar(message) {
    const tool = (label, name, act) => button({ class: "tool", "aria-label": label, title: label, tabindex: "-1", on: { click: act } }, icon(name));
    const more = tool("More", "dots", () => this.menu(message, more));
    more.setAttribute("aria-haspopup", "menu");
    return h("div", { class: "toolbar" },
      this._repliable(message) && tool("Reply", "reply", () => this.reply(message)),
      this._editable(message) && tool("Edit", "pencil", () => this.edit(message)),
      this._threadable(message) && tool("Create thread", "thread", () => this.thread(message)),
      more);
  }

  /** Everything that can be done, at a point or beside an element. */
  menu(message, at) {
    const row = document.querySelector(`#log [data-id="${message.id}"]`);
    row?.classList.add("chosen");
    const deletable = !isPrivate(message) && (message.author.id === this._store.meId || this._store.can("moderate"));
    openMenu(at, [
      this._reactable(message) && { quick: QUICK.map((emoji) => ({ label: emoji, said: `React with ${emoji}`, act: () => this.react(message, emoji, true) })) },
      this._reactable(message) && { line: true },
      this._repliable(message) && { label: "Reply", icon: "reply", act: () => this.reply(message) },
      this._threadable(message) && { label: "Create thread", icon: "thread", act: () => this.thread(message) },
      this._editable(message) && { label: "Edit message", icon: "pencil", act: () => this.edit(message) },
      { label: "Copy text", icon: "copy", act: () => this.copy(message) },
      isPrivate(message) && { label: "Dismiss message", icon: "close", act: () => this.dismiss(message) },
      ...this._apps(message),
      deletable && { line: true },
      deletable && { label: "Delete message", icon: "trash", danger: true, act: () => this.remove(message) },
    ], { label: "What to do with this message", closed: () => row?.classList.remove("chosen") });
  }

  reply(message) {
    this._store.replyTo = message;
    this._store.ping = true;
    this._store.editing = null;
    this._store.tell("draft");
  }

  edit(message) {
    this._store.editing = message;
    this._store.replyTo = null;
    this._store.tell("draft");
  }

  /** Edit one's own newest message here; tells whether there is one. */
  editLast() {
    const mine = [...this._store.messages.values()].reverse().find((one) => this._editable(one));
    if (mine) this.edit(mine);
    return Boolean(mine);
  }

  async thread(message) {
    const start = firstWords(preview(message.content, this._store.names(() => {})));
    const name = await askLine({ title: "New thread", about: "A thread is a conversation of its own, which knows what was said before it.", label: "Thread name", value: start || "New thread", action: "Create thread" });
    if (!name) return;
    const answer = await this._session.does("thread", { place: message.channel_id, message: message.id, name });
    if (answer) this.goWhenSeen(answer.place);
  }

  /** Go to a place that the server has just made: it is known a moment later. */
  goWhenSeen(id) {
    if (this._store.channel(id)) {
      this._session.go(id);
      return;
    }
    this._awaited = id;
  }

  placesCame() {
    if (this._awaited && this._store.channel(this._awaited)) {
      const id = this._awaited;
      this._awaited = null;
      this._session.go(id);
    }
  }

  async remove(message) {
    const yes = await askYes({ title: "Delete message", about: "It disappears for everybody, and the bot is told that it is gone.", action: "Delete" });
    if (yes) await this._session.does("delete", { place: message.channel_id, message: message.id });
  }

  dismiss(message) {
    this._session.does("dismiss", { place: message.channel_id, message: message.id });
  }

  react(message, emoji, on) {
    this._session.does("react", { place: message.channel_id, message: message.id, emoji, on });
  }

  async copy(message) {
    try {
      await navigator.clipboard.writeText(message.content);
      toast("Copied");
    } catch {
      toast("The browser does not allow to copy", "bad");
    }
  }

  _apps(message) {
    const commands = isPrivate(message) || isSystem(message) ? [] : this._store.commands.filter((one) => one.type === MESSAGE_COMMAND);
    if (!commands.length) return [];
    return [{ line: true }, { title: "Apps" }, ...commands.map((one) => ({ label: one.name, before: avatar(this._store.bot), act: () => this._use(one, { place: message.channel_id, message: message.id }) }))];
  }

  /** What can be done with somebody. */
  person(user, at) {
    const commands = this._store.commands.filter((one) => one.type === USER_COMMAND);
    const isHere = this._store.people.some((one) => one.id === user.id);
    openMenu(at, [
      { title: nameOf(user) },
      { label: "Mention", act: () => this._store.tell("draft", { add: `@${nameOf(user)} ` }) },
      user.bot && !this._store.isDm(this._store.place) && { label: "Direct messages", act: () => this._session.go(this._store.places.dms[0].id) },
      ...(isHere && commands.length ? [{ line: true }, { title: "Apps" }] : []),
      ...(isHere ? commands.map((one) => ({ label: one.name, before: avatar(this._store.bot), act: () => this._use(one, { user: user.id }) })) : []),
    ], { label: `What to do with ${nameOf(user)}` });
  }

  async _use(command, target) {
    const answer = await this._session.does("use", { ...target, command: command.name });
    if (answer?.modal) openModal(answer.modal, this._session, this._store);
  }

  _repliable(message) { return !isPrivate(message) && !isSystem(message) && this._store.can("write"); }

  _reactable(message) { return !isPrivate(message) && this._store.can("react"); }

  _editable(message) { return message.author.id === this._store.meId && !isSystem(message) && this._store.can("write"); }

  _threadable(message) {
    const place = this._store.place;
    const here = place && [0, 5].includes(place.type);
    return here && !message.thread && !isPrivate(message) && !isSystem(message) && !isThinking(message) && this._store.can("thread");
  }
}
