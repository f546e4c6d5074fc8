/* Choices: what a select menu offers, whichever kind it is. */

import { nameOf } from "/static/avatar.js";

const STRING = 3;
const USERS = 5;
const ROLES = 6;
const BOTH = 7;
const CHANNELS = 8;
const CATEGORY = 4;

/**
 * The options of a menu: as given, or the people, roles or channels of the place.
 * @param {any} menu @param {import("./store.js").Store} store
 * @returns {{label: string, value: string, description?: string, default?: boolean, emoji?: {name: string}}[]}
 */
export function options(menu, store) {
  const preset = new Set((menu.default_values ?? []).map((one) => one.id));
  const made = (label, value) => ({ label, value, default: preset.has(value) });
  const users = () => store.membersOf(store.place).map((one) => made(nameOf(one), one.id));
  const roles = () => (store.guildOf(store.place)?.roles ?? []).map((one) => made(one.name.startsWith("@") ? one.name : `@${one.name}`, one.id));
  switch (menu.type) {
    case STRING: return menu.options;
    case USERS: return users();
    case ROLES: return roles();
    case BOTH: return [...users(), ...roles()];
    case CHANNELS: return channels(menu, store).map((one) => made(`#${store.titleOf(one)}`, one.id));
    default: return [];
  }
}

function channels(menu, store) {
  const allowed = menu.channel_types ?? [];
  const all = store.guildOf(store.place)?.channels ?? [];
  return all.filter((one) => (allowed.length ? allowed.includes(one.type) : one.type !== CATEGORY));
}
