/* Menus: a list of things to do at a point or a button; arrows move, Escape leaves, the focus goes back. */

import { button, h, icon } from "/static/dom.js";

let open = null;

export function closeMenu() {
  open?.close();
}

/**
 * @typedef {Object} Item
 * @property {string} [label] @property {string} [icon] @property {boolean} [danger] @property {() => void} [act]
 * @property {Node | string} [before] what stands before the label @property {boolean} [checked] one of several
 * @property {string} [about] a second line
 * @property {string} [title] a heading instead @property {true} [line] a line instead @property {Item[]} [quick] several beside each other
 */

/**
 * Open a menu.
 * @param {{x: number, y: number} | HTMLElement} at a point, or what it belongs to
 * @param {(Item | null | false)[]} items @param {{label: string, wide?: boolean, closed?: () => void}} options `wide`: as wide as what it belongs to
 */
export function openMenu(at, items, options) {
  closeMenu();
  const before = document.activeElement;
  const menu = h("div", { class: options.wide ? "menu wide" : "menu", role: "menu", "aria-label": options.label });
  if (options.wide) menu.style.setProperty("width", `${at.offsetWidth}px`);
  const close = (back = true) => {
    if (open?.menu !== menu) return;
    open = null;
    menu.remove();
    removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", away);
    options.closed?.();
    if (back && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  const away = () => close(false);
  const outside = (event) => {
    if (!menu.contains(event.target)) close(false);
  };
  const done = (act) => () => {
    close();
    act();
  };
  menu.append(...items.filter(Boolean).map((item) => made(item, done)));
  menu.addEventListener("keydown", (event) => keys(event, menu, close));
  document.body.append(menu);
  place(menu, at);
  open = { menu, close };
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", away);
  (menu.querySelector("[aria-checked=true]") ?? entries(menu)[0])?.focus({ preventScroll: true });
}

function made(item, done) {
  if (item.line) return h("hr");
  if (item.title) return h("div", { class: "title" }, item.title);
  if (item.quick) return h("div", { class: "quick" }, item.quick.map((one) => made(one, done)));
  const isChoice = item.checked !== undefined;
  const props = { role: isChoice ? "menuitemradio" : "menuitem", tabindex: "-1", "aria-checked": isChoice ? String(item.checked) : null, "aria-label": item.said, class: item.danger ? "danger" : null, on: { click: done(item.act) } };
  const label = item.about ? h("span", { class: "two" }, item.label, h("small", {}, item.about)) : item.label;
  return button(props, item.before, label, item.icon && icon(item.icon), item.checked && icon("check"));
}

function entries(menu) {
  return [...menu.querySelectorAll("[role^=menuitem]")];
}

function keys(event, menu, close) {
  const all = entries(menu);
  const at = all.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) all[(at + step + all.length) % all.length].focus();
  else if (event.key === "Home") all[0].focus();
  else if (event.key === "End") all.at(-1).focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(menu, at) {
  const edge = 8;
  const box = at instanceof HTMLElement ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + 4 + height + edge <= innerHeight;
  const top = below ? box.bottom + 4 : Math.max(edge, box.top - 4 - height);
  const fromRight = at instanceof HTMLElement && at.offsetWidth < width / 2 && box.right > innerWidth / 2;
  const left = Math.min(Math.max(edge, fromRight ? box.right - width : box.left), innerWidth - width - edge);
  menu.style.setProperty("top", `${Math.min(top, innerHeight - height - edge)}px`);
  menu.style.setProperty("left", `${left}px`);
}
