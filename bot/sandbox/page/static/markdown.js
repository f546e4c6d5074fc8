/* Discord's Markdown, read into a tree. What becomes of the tree is `text.js`'s business.
 *
 * A node is a string, or {kind, ...}: kinds that hold others have `inside`, a list of nodes.
 * @typedef {string | {kind: string, inside?: Node[], [more: string]: any}} Node
 */

const DEEPEST = 10;
const FENCE = "```";

/** Read a message. @param {string} text @returns {Node[]} */
export function parsed(text) {
  return blocks(text, 0);
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

function blocks(text, depth) {
  const found = [];
  let at = 0;
  if (depth < DEEPEST) {
    for (let fence = fenceFrom(text, 0); fence !== null; fence = fenceFrom(text, at)) {
      const before = text.slice(at, fence.start);
      if (/^>>> /m.test(before)) break; // the quote takes everything
      found.push(...lines(before.slice(0, endOf(before)), depth), fence.node);
      at = fence.end;
      while (text[at] === "\n") at += 1;
    }
  }
  found.push(...lines(text.slice(at), depth));
  return found;
}

/** The first code block at or after a place, or null. One that is not closed, or empty, is none. */
function fenceFrom(text, from) {
  for (let start = text.indexOf(FENCE, from); start >= 0; start = text.indexOf(FENCE, start + 1)) {
    const close = text.indexOf(FENCE, start + FENCE.length);
    if (close < 0) return null;
    const inner = text.slice(start + FENCE.length, close);
    if (text[start - 1] === "\\" || !inner.trim()) continue;
    const named = /^([\w+#.-]{1,24})\n/.exec(inner);
    const code = named && inner.slice(named[0].length).trim() ? inner.slice(named[0].length) : inner;
    const node = { kind: "fence", language: code === inner ? "" : named[1], text: code.slice(code.search(/[^\n]/), endOf(code)) };
    return { start, end: close + FENCE.length, node };
  }
  return null;
}

/** Where a text ends without the line breaks at its end. */
function endOf(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end -= 1;
  return end;
}

function lines(text, depth) {
  if (!text) return [];
  const found = [];
  const rows = text.split("\n");
  let loose = [];
  const flush = (more) => {
    if (loose.length) found.push(...inline(loose.join("\n") + (more ? "\n" : ""), depth));
    loose = [];
  };
  for (let n = 0; n < rows.length;) {
    const block = depth < DEEPEST ? blockAt(rows, n, depth) : null;
    if (block === null) {
      loose.push(rows[n]);
      n += 1;
    } else {
      flush(false);
      found.push(block.node);
      n = block.next;
    }
  }
  flush(false);
  return found;
}

function blockAt(rows, n, depth) {
  const row = rows[n];
  let match;
  if ((match = /^(#{1,3})\s+(.*\S.*)$/.exec(row))) {
    return { node: { kind: `h${match[1].length}`, inside: inline(match[2], depth + 1) }, next: n + 1 };
  }
  if ((match = /^-#\s+(.*\S.*)$/.exec(row))) return { node: { kind: "small", inside: inline(match[1], depth + 1) }, next: n + 1 };
  if (row.startsWith(">>> ")) {
    const inner = [row.slice(4), ...rows.slice(n + 1)].join("\n");
    return { node: { kind: "quote", inside: blocks(inner, depth + 1) }, next: rows.length };
  }
  if (/^> /.test(row)) {
    let end = n;
    while (end < rows.length && /^>(?: |$)/.test(rows[end])) end += 1;
    const inner = rows.slice(n, end).map((one) => one.slice(2)).join("\n");
    return { node: { kind: "quote", inside: lines(inner, depth + 1) }, next: end };
  }
  return ITEM.test(row) ? list(rows, n, depth) : null;
}

const ITEM = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/;

function list(rows, n, depth) {
  const [, indent, bullet, number] = ITEM.exec(rows[n]);
  const items = [];
  let at = n;
  while (at < rows.length) {
    const match = ITEM.exec(rows[at]);
    if (match === null) {
      const goesOn = items.length && /^ {2,}\S/.test(rows[at]) && rows[at].search(/\S/) > indent.length;
      if (!goesOn) break;
      items.at(-1).inside.push("\n", ...inline(rows[at].trim(), depth + 1));
      at += 1;
    } else if (match[1].length > indent.length + 1 && items.length && depth < DEEPEST) {
      const inner = list(rows, at, depth + 1);
      items.at(-1).inside.push(inner.node);
      at = inner.next;
    } else if (match[1].length + 1 < indent.length || Boolean(match[2]) !== Boolean(bullet)) {
      break;
    } else {
      items.push({ kind: "item", inside: inline(match[4], depth + 1) });
      at += 1;
    }
  }
  return { node: { kind: "list", ordered: !bullet, start: Number(number ?? 1), inside: items }, next: at };
}

// ---------------------------------------------------------------- inline

const wrap = (kind) => (match, depth) => ({ kind, inside: inline(match[1], depth + 1) });

const RULES = [
  ["\\", /\\([^0-9A-Za-z\s])/y, (match) => match[1]],
  ["|", /\|\|([\s\S]+?)\|\|/y, wrap("spoiler")],
  ["*", /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, wrap("bold")],
  ["_", /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, wrap("underline")],
  ["*", /\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y, wrap("italic")],
  ["_", /(?<![\p{L}\p{N}])_((?:__|\\[\s\S]|[^\\_])+?)_(?![\p{L}\p{N}])/uy, wrap("italic")],
  ["~", /~~(?=\S)([\s\S]*?\S)~~/y, wrap("strike")],
  ["[", /\[([^[\]\n]*(?:\[[^[\]\n]*\][^[\]\n]*)*)\]\(<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: +"[^"\n]*")?\)/y,
    (match, depth) => ({ kind: "link", href: match[2], inside: unlinked(inline(match[1].trim() || match[2], depth + 1)) })],
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
const ORDINARY = /[^\\`|*_~[<h@]+/y;

function inline(text, depth) {
  const found = [];
  let loose = "";
  const flush = () => {
    if (loose) found.push(loose);
    loose = "";
  };
  for (let at = 0; at < text.length;) {
    ORDINARY.lastIndex = at;
    const ordinary = ORDINARY.exec(text);
    if (ordinary) {
      loose += ordinary[0];
      at += ordinary[0].length;
      continue;
    }
    const hit = depth <= DEEPEST ? markAt(text, at, depth) : null;
    if (hit === null) {
      loose += text[at];
      at += 1;
    } else if (typeof hit.node === "string") {
      loose += hit.node;
      at = hit.end;
    } else {
      flush();
      found.push(hit.node);
      at = hit.end;
    }
  }
  flush();
  return found;
}

function markAt(text, at, depth) {
  if (text[at] === "`") return codeAt(text, at);
  for (const [pattern, make] of BY_MARK.get(text[at]) ?? []) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const node = make(match, depth);
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
