/* Texts on the screen: Discord's Markdown as elements. Foreign text only ever becomes text nodes. */

import { button, h } from "/static/dom.js";
import { highlighted } from "/static/highlight.js";
import { parsed, plain } from "/static/markdown.js";
import { inFull, styled } from "/static/times.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strike: "s", quote: "blockquote", item: "li", h1: "h1", h2: "h2", h3: "h3" };
const JUMBO = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\s){1,80}$/u;

/**
 * Who knows what a mention stands for.
 * @typedef {Object} Names
 * @property {(id: string) => string | null} user
 * @property {(id: string) => string | null} role
 * @property {(id: string) => string | null} channel
 * @property {(id: string) => void} go go to a channel
 * @property {Set<string>} revealed spoilers that were opened, by a key of the message's and their number
 */

/** Render a text; `key` tells one message's spoilers from another's. @param {string} content @param {Names} names */
export function text(content, names, key) {
  const jumbo = JUMBO.test(content) && [...content.replace(/\s/g, "")].length <= 60;
  const spoilers = { count: 0 };
  return h("div", { class: jumbo ? "text jumbo" : "text" }, render(parsed(content), names, key, spoilers));
}

/** One line without markup. @param {Names} names */
export function preview(content, names) {
  return plain(parsed(content), (node) => label(node, names)).replace(/\s+/g, " ").trim();
}

/** A link that may be clicked: only the web's own, and the other side learns nothing. */
export function link(href, ...inside) {
  let url = null;
  try {
    url = new URL(href);
  } catch { /* no address: text */ }
  if (url === null || !["http:", "https:"].includes(url.protocol)) return h("span", {}, ...inside);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href }, ...inside);
}

function render(nodes, names, key, spoilers) {
  return nodes.map((node) => (typeof node === "string" ? node : element(node, names, key, spoilers)));
}

function element(node, names, key, spoilers) {
  const inside = () => render(node.inside, names, key, spoilers);
  switch (node.kind) {
    case "small": return h("span", { class: "small" }, inside());
    case "list": return h(node.ordered ? "ol" : "ul", { start: node.ordered ? node.start : null }, inside());
    case "code": return h("code", {}, node.text);
    case "fence": return fence(node);
    case "spoiler": return spoiler(node, inside, names, `${key}/${spoilers.count++}`);
    case "link": return link(node.href, inside());
    case "channel": return channel(node, names);
    case "moment": return moment(node);
    case "emoji": return h("span", { class: "emoji-tag" }, label(node, names));
    case "user": case "role": case "all": case "command": return h("span", { class: "mention" }, label(node, names));
    default: return h(TAGS[node.kind] ?? "span", {}, inside());
  }
}

function label(node, names) {
  switch (node.kind) {
    case "user": return `@${names.user(node.id) ?? "unknown"}`;
    case "role": return `@${names.role(node.id) ?? "unknown role"}`;
    case "channel": return `#${names.channel(node.id) ?? "unknown"}`;
    case "command": return `/${node.name}`;
    case "emoji": return `:${node.name}:`;
    case "all": return `@${node.name}`;
    case "moment": return styled(node.seconds, node.style) ?? "some time";
    default: return "";
  }
}

function channel(node, names) {
  const shown = label(node, names);
  if (names.channel(node.id) === null) return h("span", { class: "mention" }, shown);
  return button({ class: "mention", on: { click: () => names.go(node.id) } }, shown);
}

function moment(node) {
  const shown = styled(node.seconds, node.style);
  if (shown === null) return h("span", { class: "moment" }, "some time");
  const at = new Date(node.seconds * 1000);
  return h("time", { class: "moment", datetime: at.toISOString(), title: inFull(at) }, shown);
}

function spoiler(node, inside, names, key) {
  const open = names.revealed.has(key);
  const shown = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-expanded": String(open), "aria-label": open ? null : "Spoiler, hidden" }, inside());
  const reveal = () => {
    names.revealed.add(key);
    shown.setAttribute("aria-expanded", "true");
    shown.removeAttribute("aria-label");
  };
  shown.addEventListener("click", (event) => {
    if (names.revealed.has(key)) return;
    event.preventDefault();
    reveal();
  }, true);
  shown.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      reveal();
    }
  });
  return shown;
}

function fence(node) {
  const pieces = highlighted(node.text, node.language).map(([kind, piece]) => (kind ? h("span", { class: `tok-${kind}` }, piece) : piece));
  const copy = button({ on: { click: () => copied(copy, node.text) } }, "Copy");
  return h("div", { class: "code" },
    h("div", { class: "code-head" }, h("span", {}, node.language || "text"), copy),
    h("pre", { tabindex: "0", "aria-label": `Code${node.language ? `, ${node.language}` : ""}` }, h("code", {}, pieces)));
}

async function copied(place, content) {
  try {
    await navigator.clipboard.writeText(content);
    place.textContent = "Copied";
  } catch {
    place.textContent = "Not allowed";
  }
  setTimeout(() => { place.textContent = "Copy"; }, 1500);
}
