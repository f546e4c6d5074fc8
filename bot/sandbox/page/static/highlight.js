/* A small highlighter: comments, strings, numbers, keywords, calls and types of common languages. */

const words = (text) => new Set(text.split(" "));

const C_LIKE = words(
  "abstract as async await bool boolean break case catch char class const constexpr continue default defer delete do double else enum " +
  "export extends extern final finally float fn for foreach from func fun function go goto guard if impl implements import in inline " +
  "instanceof int interface internal is let long loop match mod module move mut mutable namespace new null nullptr of operator out " +
  "override package private protected pub public range readonly ref return self sealed short signed sizeof static struct super " +
  "switch synchronized template this throw throws trait transient true false try type typedef typeof undefined union unsafe " +
  "unsigned use using val var virtual void volatile when where while with yield select chan map nil string byte rune error",
);
const PYTHON = words(
  "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda " +
  "match case None nonlocal not or pass raise return True try while with yield self print",
);
const SHELL = words("if then else elif fi for while until do done case esac in function select return exit export local readonly set unset echo cd sudo source");
const SQL = words(
  "select from where and or not insert into values update set delete create table index view drop alter add column primary key " +
  "foreign references unique null is in like between join left right inner outer full cross on group by order having limit offset " +
  "union all distinct as case when then else end exists begin commit rollback integer text real blob default asc desc with returning",
);
const RUBY = words(
  "alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or redo rescue retry " +
  "return self super then true undef unless until when while yield puts require local function repeat",
);
const DATA = words("true false null yes no on off");

const DOUBLE = /"(?:\\.|[^"\\\n])*"?/y;
const SINGLE = /'(?:\\.|[^'\\\n])*'?/y;
const BACKTICK = /`(?:\\[\s\S]|[^`\\])*`?/y;
const SLASHES = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const HASHES = /#[^\n]*/y;
const DASHES = /--[^\n]*/y;
const NUMBER = /\b(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\w*/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;

const FAMILIES = {
  c: { words: C_LIKE, comment: SLASHES, strings: [DOUBLE, SINGLE, BACKTICK], meta: /[@#][A-Za-z_]\w*/y },
  python: { words: PYTHON, comment: HASHES, strings: [/[rbfRBF]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$))/y, /[rbfRBF]{0,2}"(?:\\.|[^"\\\n])*"?/y, /[rbfRBF]{0,2}'(?:\\.|[^'\\\n])*'?/y], meta: /@[A-Za-z_][\w.]*/y },
  shell: { words: SHELL, comment: HASHES, strings: [DOUBLE, SINGLE], meta: /\$\{?\w+\}?|(?<=\s)--?[A-Za-z][\w-]*/y },
  sql: { words: SQL, comment: DASHES, strings: [SINGLE, DOUBLE], anyCase: true },
  ruby: { words: RUBY, comment: /#[^\n]*|--[^\n]*/y, strings: [DOUBLE, SINGLE], meta: /[:@]{1,2}[A-Za-z_]\w*/y },
  data: { words: DATA, comment: HASHES, strings: [DOUBLE, SINGLE], meta: /[\w.-]+(?=\s*[:=](?:\s|$))|^\s*\[[^\]\n]*\]/my },
  json: { words: DATA, comment: SLASHES, strings: [], meta: /"(?:\\.|[^"\\\n])*"(?=\s*:)/y, plain: DOUBLE },
  css: { words: new Set(), comment: SLASHES, strings: [DOUBLE, SINGLE], meta: /[@#.][\w-]+|[\w-]+(?=\s*:)/y },
  markup: { words: new Set(), comment: /<!--[\s\S]*?(?:-->|$)/y, strings: [DOUBLE, SINGLE], meta: /<\/?[\w:-]+|\/?>/y },
  diff: null,
};

const LANGUAGES = {
  c: "js javascript jsx mjs ts typescript tsx c h cpp c++ cc hpp cs csharp java kotlin kt go golang rust rs swift dart php scala groovy zig proto",
  python: "py python python3 pyi", shell: "sh bash zsh shell console fish ps1 powershell dockerfile docker makefile make",
  sql: "sql sqlite postgres postgresql mysql", ruby: "rb ruby lua elixir ex perl pl r julia", data: "yaml yml toml ini conf cfg env properties",
  json: "json jsonc json5", css: "css scss less", markup: "html xml svg xhtml vue", diff: "diff patch",
};
const BY_NAME = new Map(Object.entries(LANGUAGES).flatMap(([family, names]) => names.split(" ").map((name) => [name, family])));

/**
 * Cut code into pieces, each with its kind, or null for plain text.
 * @param {string} code @param {string} language
 * @returns {[string | null, string][]}
 */
export function highlighted(code, language) {
  const family = BY_NAME.get(language.toLowerCase());
  if (family === "diff") return diff(code);
  return family === undefined ? [[null, code]] : pieces(code, FAMILIES[family]);
}

function pieces(code, rules) {
  const found = [];
  const push = (kind, text) => {
    const last = found.at(-1);
    if (last && last[0] === kind && kind === null) last[1] += text;
    else found.push([kind, text]);
  };
  for (let at = 0; at < code.length;) {
    const [kind, text] = next(code, at, rules);
    push(kind, text);
    at += text.length;
  }
  return found;
}

function next(code, at, rules) {
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(code)?.[0] || null;
  };
  let text = match(rules.comment);
  if (text) return ["comment", text];
  for (const pattern of rules.strings) if ((text = match(pattern))) return ["string", text];
  if (rules.meta && (text = match(rules.meta))) return ["meta", text];
  if (rules.plain && (text = match(rules.plain))) return ["string", text];
  if ((text = match(NUMBER))) return ["number", text];
  if ((text = match(WORD))) return [kindOf(text, code, at + text.length, rules), text];
  return [null, code[at]];
}

function kindOf(word, code, end, rules) {
  if (rules.words.has(rules.anyCase ? word.toLowerCase() : word)) return "keyword";
  if (code[end] === "(") return "call";
  return /^[A-Z][a-z]/.test(word) ? "type" : null;
}

function diff(code) {
  return code.split(/(?<=\n)/).map((line) => {
    if (line.startsWith("@@") || line.startsWith("diff ")) return ["meta", line];
    if (line.startsWith("+")) return ["added", line];
    return line.startsWith("-") ? ["removed", line] : [null, line];
  });
}
