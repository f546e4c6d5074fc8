/* One message: its author, its text, and everything that hangs on it. */

import { avatar, nameOf } from "/static/avatar.js";
import { components } from "/static/components.js";
import { button, h, icon } from "/static/dom.js";
import { files } from "/static/files.js";
import { inOneLine, poll, stickers } from "/static/media.js";
import { link, preview, text } from "/static/text.js";
import { inFull, stampOf, timeOf } from "/static/times.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SUPPRESS_EMBEDS = 1 << 2;
const COMPONENTS_V2 = 1 << 15;
const TYPE = { RECIPIENT_ADD: 1, RECIPIENT_REMOVE: 2, NAME_CHANGE: 4, THREAD_CREATED: 18, STARTER: 21 };
const SYSTEM = new Set([1, 2, 4, 18]);
const TOGETHER_MS = 7 * 60_000;

export const isPrivate = (message) => Boolean(message.flags & EPHEMERAL);
export const isThinking = (message) => Boolean(message.flags & LOADING);
export const isSystem = (message) => SYSTEM.has(message.type) || message.type === TYPE.STARTER;

/** Whether a message stands under the one before it without a head of its own. */
export function goesOn(message, before) {
  if (!before || isSystem(before) || isSystem(message) || message.message_reference || message.interaction) return false;
  const near = new Date(message.timestamp) - new Date(before.timestamp) < TOGETHER_MS;
  return near && before.author.id === message.author.id && isPrivate(before) === isPrivate(message);
}

/**
 * Render a message as an element of the log.
 * @param {any} message
 * @param {{follows: boolean, writing: boolean, store: import("./store.js").Store, session: import("./session.js").Session, actions: import("./actions.js").Actions, jump: (id: string) => void}} around
 */
export function messageElement(message, around) {
  const shown = message.type === TYPE.STARTER ? starter(message) : message;
  if (SYSTEM.has(shown.type)) return systemElement(shown, around);
  const { store, follows } = around;
  const at = new Date(shown.timestamp);
  const pings = store.meId !== shown.author.id && (shown.mentions.some((one) => one.id === store.meId) || shown.mention_everyone);
  const looks = ["message", follows && "follows", pings && "pings", isPrivate(shown) && "private"].filter(Boolean).join(" ");
  return h("li", { class: looks, "data-id": message.id, tabindex: "-1", "aria-busy": around.writing ? "true" : null, "aria-label": said(shown, at, around) },
    above(shown, around),
    follows ? h("time", { class: "at", datetime: shown.timestamp, "aria-hidden": "true" }, timeOf(at)) : avatar(shown.author),
    !follows && head(shown, at, around),
    h("div", { class: "body" }, body(shown, around)),
    under(shown, around),
    around.actions.toolbar(message));
}

function said(message, at, { store, session }) {
  const who = `${nameOf(message.author)}${message.author.bot ? ", bot" : ""}`;
  const what = isThinking(message) ? "is thinking" : preview(message.content, store.names((id) => session.go(id))) || inOneLine(message);
  return `${who}, ${timeOf(at)}: ${what.slice(0, 300)}${message.attachments.length ? `, ${message.attachments.length} attached` : ""}`;
}

function head(message, at, { actions }) {
  return h("div", { class: "head" },
    button({ class: "name", tabindex: "-1", on: { click: (event) => actions.person(message.author, event.currentTarget) } }, nameOf(message.author)),
    message.author.bot && h("span", { class: "tag" }, "BOT"),
    h("time", { datetime: message.timestamp, title: inFull(at) }, stampOf(at)));
}

function above(message, around) {
  if (message.interaction) {
    return h("div", { class: "above" }, avatar(message.interaction.user), h("span", { class: "name" }, nameOf(message.interaction.user)),
      h("span", { class: "quote" }, "used ", h("span", { class: "mention" }, `/${message.interaction.name}`)));
  }
  if (!message.message_reference || message.message_reference.type === 1 || message.type === TYPE.STARTER) return null;
  const to = message.referenced_message;
  if (!to) return h("div", { class: "above" }, h("em", { class: "quote" }, "The message replied to is gone"));
  const line = preview(to.content, around.store.names((id) => around.session.go(id))).slice(0, 160);
  return h("div", { class: "above" }, avatar(to.author), h("span", { class: "name" }, nameOf(to.author)),
    button({ class: "quote", title: "Go to that message", on: { click: () => around.jump(to.id) } }, line || inOneLine(to) || (to.attachments.length ? "a file" : "…")));
}

function body(message, around) {
  if (isThinking(message)) return h("div", { class: "thinking" }, dots(), `${nameOf(message.author)} is thinking…`);
  const { store, session } = around;
  const names = store.names((id) => session.go(id));
  const v2 = message.flags & COMPONENTS_V2;
  const parts = [];
  if (message.content && !v2) {
    const shown = text(message.content, names, message.id);
    if (message.edited_timestamp && !message.author.bot) shown.append(h("span", { class: "edited", title: inFull(new Date(message.edited_timestamp)) }, "(edited)"));
    if (around.writing) lastLine(shown).classList.add("writing");
    parts.push(shown);
  }
  for (const { message: copy } of message.message_snapshots ?? []) {
    parts.push(h("blockquote", {}, h("small", {}, "Forwarded"), text(copy.content, names, `${message.id}/f`), files(copy.attachments), stickers(copy.sticker_items)));
  }
  if (!v2) parts.push(files(message.attachments), stickers(message.sticker_items), poll(message.poll));
  if (!(message.flags & SUPPRESS_EMBEDS)) parts.push(...message.embeds.map((one) => embed(one, names, message.id)));
  parts.push(components(message, store, session));
  return parts;
}

/** Where the cursor of a growing answer stands: in the last piece of text, not below a code block. */
function lastLine(shown) {
  const last = shown.lastElementChild;
  const blocks = new Set(["BLOCKQUOTE", "UL", "OL"]);
  return last && blocks.has(last.tagName) && shown.lastChild === last ? last.lastElementChild ?? last : shown;
}

function embed(one, names, key) {
  const colour = one.color === undefined || one.color === null ? {} : { "--edge": `#${one.color.toString(16).padStart(6, "0")}` };
  const title = one.title && h("b", {}, one.url ? link(one.url, one.title) : one.title);
  const fields = one.fields?.length && h("div", { class: "fields" }, one.fields.map((field) => h("div", {}, h("b", {}, field.name), text(field.value, names, `${key}/e`))));
  return h("div", { class: "embed", vars: colour }, one.author?.name && h("small", {}, one.author.name), title,
    one.description && text(one.description, names, `${key}/e`), fields, one.footer?.text && h("small", {}, one.footer.text));
}

function under(message, around) {
  const { store, session, actions } = around;
  const parts = [];
  if (message.reactions?.length) {
    parts.push(h("div", { class: "reactions" }, message.reactions.map((one) => button({
      class: "reaction", "aria-pressed": String(one.me), "aria-label": `${one.emoji.name}, ${one.count}`,
      on: { click: () => actions.react(message, one.emoji.name, !one.me) },
    }, one.emoji.name, h("span", {}, one.count)))));
  }
  if (message.thread) {
    const thread = store.channel(message.thread.id) ?? message.thread;
    const count = thread.message_count ?? 0;
    parts.push(button({ class: "thread-link", on: { click: () => session.go(thread.id) } }, icon("thread"), h("span", {}, thread.name),
      h("small", {}, count === 1 ? "1 message ›" : `${count} messages ›`)));
  }
  if (isPrivate(message) && !isThinking(message)) {
    parts.push(h("div", { class: "whisper" }, icon("eye"), "Only you can see this", h("span", { "aria-hidden": "true" }, "·"),
      button({ class: "link", on: { click: () => actions.dismiss(message) } }, "Dismiss message")));
  }
  return parts.length ? h("div", { class: "under" }, parts) : null;
}

export function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

/** The first message of a thread stands in its parent: show that one. */
function starter(message) {
  const original = message.referenced_message;
  return original ? { ...original, reactions: [], thread: null, components: [], type: 0, message_reference: null, interaction: null } : message;
}

function systemElement(message, { session, actions }) {
  const name = h("b", { class: "name" }, nameOf(message.author));
  const at = h("time", { datetime: message.timestamp }, stampOf(new Date(message.timestamp)));
  const wording = {
    [TYPE.THREAD_CREATED]: () => [name, " started a thread: ", button({ class: "link", on: { click: () => session.go(message.message_reference?.channel_id) } }, message.content)],
    [TYPE.NAME_CHANGE]: () => [name, ` changed the name to “${message.content}”`],
    [TYPE.RECIPIENT_ADD]: () => [name, " added ", nameOf(message.mentions[0] ?? message.author)],
    [TYPE.RECIPIENT_REMOVE]: () => [name, " left"],
  }[message.type];
  return h("li", { class: "message notice", "data-id": message.id, tabindex: "-1" }, icon(message.type === TYPE.THREAD_CREATED ? "thread" : "arrow"),
    h("p", {}, wording(), at), actions.toolbar(message));
}
