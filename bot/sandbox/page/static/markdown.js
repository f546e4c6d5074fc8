/* Discord's Markdown, read into a tree. What becomes of the tree is `text.js`'s business.
 *
 * A node is a string, or {kind, ...}: kinds that hold others have `inside`, a list of nodes.
 * @typedef {string | {kind: string, inside?: Node[], [more: string]: any}} Node
 */

const DEEPEST = 10;
const FENCE = "```";

/** Read a message. @param {string} text @returns {Node[]} */
export function parsed(text) {
  return parse(text, 0, { quoted: false, startsLine: true });
}

/** What is left when all markup is gone: for previews and screen readers. */
export function plain(nodes, named) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    if (node.kind === "spoiler") return "▇▇▇";
    if (node.inside) return BLOCKS.has(node.kind) ? ` ${plain(node.inside, named)} ` : plain(node.inside, named);
    if (node.kind === "fence") return ` ${node.text} `;
    return node.kind === "code" ? node.text : named(node);
  }).join("");
}

const BLOCKS = new Set(["h1", "h2", "h3", "small", "quote", "item", "list"]);

// ---------------------------------------------------------------- blocks

/* Blocks and inline marks are tried at each place, blocks only where a line starts, so that a mark may hold blocks. */

const ORDINARY = /[^\\`|*_~[<h@\n]+/y;

function parse(text, depth, state) {
  const found = [];
  let loose = "";
  const flush = () => {
    if (loose) found.push(loose);
    loose = "";
  };
  for (let at = 0; at < text.length;) {
    const hit = depth > DEEPEST ? null : (state.startsLine ? blockAt(text, at, depth, state) : null) ?? markAt(text, at, depth, state);
    if (hit === null) {
      ORDINARY.lastIndex = at;
      const ordinary = text[at] === "\n" ? "\n" : ORDINARY.exec(text)?.[0] ?? text[at];
      loose += ordinary;
      at += ordinary.length;
      if (ordinary === "\n") state.startsLine = true;
      else if (ordinary.trim()) state.startsLine = false;
    } else if (typeof hit.node === "string") {
      loose += hit.node;
      at = hit.end;
      state.startsLine = false;
    } else {
      if (hit.node.kind === "fence") loose = loose.slice(0, endOf(loose));
      else if (hit.block && loose.endsWith("\n")) loose = loose.slice(0, -1);
      flush();
      found.push(hit.node);
      at = hit.end;
      state.startsLine = Boolean(hit.block);
    }
  }
  flush();
  return found;
}

/** The code block at a place, or null. One that is not closed, or empty, is none. */
function fenceAt(text, start) {
  const close = text.indexOf(FENCE, start + FENCE.length);
  if (!text.startsWith(FENCE, start) || close < 0) return null;
  const inner = text.slice(start + FENCE.length, close);
  if (!/[^\n]/.test(inner)) return null;
  const named = /^([\w+#.-]+)\n/.exec(inner);
  const code = named && /[^\n]/.test(inner.slice(named[0].length)) ? inner.slice(named[0].length) : inner;
  const node = { kind: "fence", language: code === inner ? "" : named[1], text: code.slice(code.search(/[^\n]/), endOf(code)) };
  let end = close + FENCE.length;
  while (text[end] === "\n") end += 1;
  return { node, end, block: text[end - 1] === "\n" };
}

/** Where a text ends without the line breaks at its end. */
function endOf(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end -= 1;
  return end;
}

const HEADING = / *(#{1,3}) +(?!#)([^\n]*\S[^\n]*)\n?/y;
const SMALL = /-# +(?!-#)([^\n]*\S[^\n]*)\n?/y;
const BIG_QUOTE = / *>>> ([\s\S]+)/y;
const QUOTE = /(?: *> [^\n]*(?:\n|$))+/y;
const ITEM = /( *)(?:([-*])|(\d{1,9})\.)( +)(\S[^\n]*(?:\n\1 {2}[^\n]+)*)\n?/y;

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function blockAt(text, at, depth, state) {
  const inside = (inner) => parse(inner, depth + 1, { ...state, startsLine: true });
  let match;
  if ((match = matchAt(HEADING, text, at))) return { node: { kind: `h${match[1].length}`, inside: inside(match[2].trim()) }, end: at + match[0].length, block: true };
  if ((match = matchAt(SMALL, text, at))) return { node: { kind: "small", inside: inside(match[1].trim()) }, end: at + match[0].length, block: true };
  if (!state.quoted && (match = matchAt(BIG_QUOTE, text, at) ?? matchAt(QUOTE, text, at))) {
    const inner = match[1] ?? match[0].replace(/^ *> /gm, "").replace(/\n$/, "");
    return { node: { kind: "quote", inside: parse(inner, depth + 1, { quoted: true, startsLine: true }) }, end: at + match[0].length, block: true };
  }
  return matchAt(ITEM, text, at) ? list(text, at, inside) : null;
}

function list(text, start, inside) {
  const first = matchAt(ITEM, text, start);
  const items = [];
  let at = start;
  for (let match = first; match && Boolean(match[2]) === Boolean(first[2]); match = matchAt(ITEM, text, at)) {
    const width = match[1].length + (match[2] ?? `${match[3]}.`).length + match[4].length;
    items.push({ kind: "item", inside: inside(match[5].replace(new RegExp(`\n {1,${width}}`, "g"), "\n")) });
    at += match[0].length;
  }
  return { node: { kind: "list", ordered: !first[2], start: Number(first[3] ?? 1), inside: items }, end: at, block: true };
}

// ---------------------------------------------------------------- inline

const wrap = (kind) => (match, depth, state) => ({ kind, inside: parse(match[1], depth + 1, { ...state }) });

const RULES = [
  ["\\", /\\([^0-9A-Za-z\s])/y, (match) => match[1]],
  ["|", /\|\|([\s\S]+?)\|\|/y, wrap("spoiler")],
  ["*", /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, wrap("bold")],
  ["_", /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, wrap("underline")],
  ["*", /\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y, wrap("italic")],
  ["_", /(?<![\p{L}\p{N}])_((?:__|\\[\s\S]|[^\\_])+?)_(?![\p{L}\p{N}])/uy, wrap("italic")],
  ["~", /~~(?=\S)([\s\S]*?\S)~~/y, wrap("strike")],
  ["[", /\[([^[\]\n]*(?:\[[^[\]\n]*\][^[\]\n]*)*)\]\(<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: +"[^"\n]*")?\)/y,
    (match, depth, state) => (/https?:\/\/[^\s<]/.test(match[1]) ? match[0] // a link whose text is another address is shown as written
      : { kind: "link", href: match[2], inside: unlinked(parse(match[1].trim() || match[2], depth + 1, { ...state, startsLine: false })) })],
  ["h", /https?:\/\/[^\s<]+/y, (match) => bareLink(match[0])],
  ["<", /<(https?:\/\/[^\s>]+)>/y, (match) => ({ kind: "link", href: match[1], inside: [match[1]] })],
  ["<", /<@!?(\d{1,20})>/y, (match) => ({ kind: "user", id: match[1] })],
  ["<", /<@&(\d{1,20})>/y, (match) => ({ kind: "role", id: match[1] })],
  ["<", /<#(\d{1,20})>/y, (match) => ({ kind: "channel", id: match[1] })],
  ["<", /<\/([\p{L}\p{N}_ -]{1,100}):\d{1,20}>/uy, (match) => ({ kind: "command", name: match[1] })],
  ["<", /<(a?):(\w{2,32}):(\d{1,20})>/y, (match) => ({ kind: "emoji", name: match[2] })],
  ["<", /<t:(-?\d{1,16})(?::([tTdDfFR]))?>/y, (match) => ({ kind: "moment", seconds: Number(match[1]), style: match[2] ?? "f" })],
  ["@", /@(everyone|here)\b/y, (match) => ({ kind: "all", name: match[1] })],
];
const BY_MARK = new Map();
for (const [mark, pattern, make] of RULES) BY_MARK.set(mark, [...(BY_MARK.get(mark) ?? []), [pattern, make]]);
function markAt(text, at, depth, state) {
  if (text[at] === "`") return fenceAt(text, at) ?? codeAt(text, at);
  for (const [pattern, make] of BY_MARK.get(text[at]) ?? []) {
    const match = matchAt(pattern, text, at);
    if (match === null) continue;
    const node = make(match, depth, state);
    return { node, end: at + (node.bare ? node.href.length : match[0].length) };
  }
  return null;
}

/** Code up to a run of as many backticks as it began with; without one, the run is text. */
function codeAt(text, at) {
  const length = runOf(text, at);
  let close = text.indexOf("`", at + length);
  while (close >= 0 && runOf(text, close) !== length) close = text.indexOf("`", close + runOf(text, close));
  if (close < 0) return { node: text.slice(at, at + length), end: at + length };
  const inner = text.slice(at + length, close);
  return { node: { kind: "code", text: inner.replace(/^ (?=`)|(?<=`) $/g, "") }, end: close + length };
}

function runOf(text, at) {
  let end = at;
  while (text[end] === "`") end += 1;
  return end - at;
}

/** A link's own text holds no other link: nobody is shown one address and sent to another. */
function unlinked(nodes) {
  return nodes.flatMap((node) => {
    if (typeof node === "string" || !node.inside) return [node];
    const inside = unlinked(node.inside);
    return node.kind === "link" ? inside : [{ ...node, inside }];
  });
}

/** An address in running text ends before the sentence does. */
function bareLink(address) {
  let href = address.replace(/[.,:;"'!?\]*_~|`]+$/, "");
  while (href.endsWith(")") && href.split(")").length > href.split("(").length) href = href.slice(0, -1);
  return { kind: "link", href, inside: [href], bare: true };
}
