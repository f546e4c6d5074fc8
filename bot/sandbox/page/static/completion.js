/* Completion: commands after "/", people and roles after "@", channels after "#". */

import { avatar, nameOf } from "/static/avatar.js";
import { h, icon } from "/static/dom.js";
import { flattened } from "/static/slash.js";

const MOST = 12;
const WORD = /(?:^|[\s(])([@#])([^\s@#]{0,32})$/u;

/**
 * What can stand at the cursor.
 * @param {import("./store.js").Store} store @param {string} before the text up to the cursor @param {boolean} alone whether nothing follows it
 * @returns {{title: string, entries: {parts: any[], key: string, insert?: string, from?: number, command?: any}[]}}
 */
export function completions(store, before, alone) {
  const nothing = { title: "", entries: [] };
  if (alone && /^\/[^\n]{0,64}$/.test(before)) return commands(store, before.slice(1));
  const match = WORD.exec(before);
  if (!match) return nothing;
  const from = before.length - match[2].length - 1;
  return match[1] === "@" ? mentions(store, match[2], from) : channels(store, match[2], from);
}

/** The command that a text names in full, with the space after it. */
export function commandIn(store, text) {
  const found = flattened(store.commands).filter((one) => text.startsWith(`/${one.line} `));
  return found.sort((one, other) => other.line.length - one.line.length)[0] ?? null;
}

function commands(store, typed) {
  const wanted = typed.toLowerCase().trimEnd();
  const all = flattened(store.commands);
  const found = [...all.filter((one) => one.line.startsWith(wanted)), ...all.filter((one) => !one.line.startsWith(wanted) && one.line.includes(wanted))];
  const entries = found.slice(0, MOST).map((one) => ({
    key: one.line,
    command: one,
    parts: [store.bot && avatar(store.bot), h("div", {}, h("b", {}, `/${one.line}`), h("span", { class: "opts" }, one.options.map((option) => option.name).join("  ")),
      h("div", {}, h("small", {}, one.description))), h("span", { class: "right" }, store.bot && nameOf(store.bot))],
  }));
  return { title: entries.length ? "Commands" : "", entries };
}

function mentions(store, typed, from) {
  const wanted = typed.toLowerCase();
  const fits = (name) => name.toLowerCase().includes(wanted);
  const members = store.membersOf(store.place).filter((one) => fits(nameOf(one)) && one.id !== store.meId);
  members.sort((one, other) => Number(Boolean(other.bot)) - Number(Boolean(one.bot)));
  const users = members.map((one) => ({
    key: one.id, from, insert: `@${nameOf(one)} `,
    parts: [avatar(one), h("div", {}, h("b", {}, nameOf(one))), h("span", { class: "right" }, one.bot ? "bot" : one.username)],
  }));
  return { title: "People", entries: users.slice(0, MOST) };
}

function channels(store, typed, from) {
  const wanted = typed.toLowerCase();
  const found = store.channels.filter((one) => !store.isDm(one) && !store.isCategory(one) && store.titleOf(one).toLowerCase().includes(wanted));
  return {
    title: "Channels",
    entries: found.slice(0, MOST).map((one) => ({
      key: one.id, from, insert: `<#${one.id}> `,
      parts: [icon(one.thread_metadata ? "thread" : "hash"), h("div", {}, h("b", {}, store.titleOf(one)))],
    })),
  };
}
