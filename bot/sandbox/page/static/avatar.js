/* Avatars: initials on a colour that belongs to the id. */

import { h } from "/static/dom.js";

const COLOURS = ["#5360e6", "#a13d8f", "#1f7a8c", "#b4472d", "#35783f", "#7a4fc4", "#96620b", "#b03060"];

/** What somebody is called. */
export function nameOf(user) {
  return user.global_name || user.username;
}

/** @param {{id: string, bot?: boolean, username: string, global_name?: string | null}} user */
export function avatar(user) {
  const words = nameOf(user).trim().split(/\s+/u);
  const initials = words.slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  return h("span", { class: "avatar", "aria-hidden": "true", vars: { background: colour(user) } }, initials || "?");
}

function colour(user) {
  if (user.bot) return COLOURS[0];
  let sum = 0;
  for (const letter of nameOf(user)) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return COLOURS[1 + (sum % (COLOURS.length - 1))];
}
