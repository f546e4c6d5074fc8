/* The beginning: makes the parts and tells each of the others that it needs. */

import { Actions } from "/static/actions.js";
import { nameOf } from "/static/avatar.js";
import { Bar } from "/static/bar.js";
import { Composer } from "/static/composer.js";
import { add, h } from "/static/dom.js";
import { Forum } from "/static/forum.js";
import { Log } from "/static/log.js";
import { dots } from "/static/message.js";
import { SeenPanel } from "/static/seen.js";
import { Session } from "/static/session.js";
import { Sidebar } from "/static/sidebar.js";
import { Store } from "/static/store.js";
import { startTheme } from "/static/theme.js";

startTheme();

const store = new Store();
const session = new Session(store);
const actions = new Actions(store, session);
const sidebar = new Sidebar(store, session);
const seen = new SeenPanel(store, session);
const log = new Log(store, session, actions);
new Bar(store, session, sidebar, seen);
new Forum(store, session, actions);
const composer = new Composer(store, session, actions, log);

store.on("places", () => actions.placesCame());
store.on("typing place places connection", () => showTyping());

/** Escape closes the drawer wherever the focus is. */
addEventListener("keydown", (event) => event.key === "Escape" && sidebar.close());

/** Typing anywhere goes into the message box, as long as nothing else wants the keys. */
addEventListener("keydown", (event) => {
  const free = document.activeElement === document.body || document.activeElement === null;
  const writes = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (free && writes && !document.querySelector("dialog[open]")) composer.focus();
});

function showTyping() {
  const place = document.getElementById("typing");
  const waits = store.connection === "open" && store.online === false && store.bot !== null;
  const names = store.typists().map((one) => h("b", {}, nameOf(one)));
  place.replaceChildren();
  if (waits) return void add(place, [dots(), h("b", {}, nameOf(store.bot)), " is on its way, and answers what you write as soon as it is here"]);
  if (!names.length) return;
  const all = names.length > 2 ? ["Several people are typing…"] : [names[0], ...(names[1] ? [" and ", names[1], " are typing…"] : [" is typing…"])];
  add(place, [dots(), ...all]);
}

session.start();
