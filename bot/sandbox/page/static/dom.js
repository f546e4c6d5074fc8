/* Elements, built one by one: text only ever becomes text, whatever is in it. */

/** @typedef {string | number | Node | null | undefined | false} Child */

/**
 * Make an element. `props` are attributes, but `on` (handlers by event), `vars` (CSS properties), and values that are
 * true (present), false, null or undefined (absent).
 * @param {string} tag
 * @param {Object<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "vars") {
      for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  add(element, children);
  return element;
}

/** @param {Node} parent @param {any[]} children */
export function add(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

/** Put other children in the place of all that are there. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return add(parent, children);
}

/** A button that submits nothing. */
export function button(props, ...children) {
  return h("button", { type: "button", ...props }, ...children);
}

const SHAPES = {
  hash: ["M5 9h15M4 15h15M10.5 4 8 20M16 4l-2.500 16"],
  thread: ["M5 6.500h14M5 12h9M5 17.500h5", "M15.500 15.500 18 18l3-4"],
  forum: ["M4 6.500A1.500 1.500 0 0 1 5.500 5h13A1.500 1.500 0 0 1 20 6.500v8a1.500 1.500 0 0 1-1.500 1.500H10l-4 3.500V16h-.500A1.500 1.500 0 0 1 4 14.500z"],
  voice: ["M4 10v4h3.500l4.500 4V6l-4.500 4z", "M15.500 9a4 4 0 0 1 0 6M18 6.500a7.500 7.500 0 0 1 0 11"],
  lock: ["M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z"],
  reply: ["M9.500 7 4.500 12l5 5M5 12h9a5.500 5.500 0 0 1 5.500 5.500V19"],
  pencil: ["M4.500 19.500 5.500 15 16 4.500 19.500 8 9 18.500z"],
  trash: ["M5 7h14M10 7V4.500h4V7M7 7l.800 12.500h8.400L17 7M10.500 10.500v6M13.500 10.500v6"],
  copy: ["M9 9h10.500v10.500H9z", "M15 9V4.500H4.500V15H9"],
  sticker: ["M5 4.500h14v9.500l-5.500 5.500H5z", "M13.500 19.500V14H19", "M9 9.500h.010M15 9.500h.010M8.500 12.500a4 4 0 0 0 4 1.500"],
  dots: ["M6 12h.010M12 12h.010M18 12h.010"],
  close: ["M6 6l12 12M18 6 6 18"],
  menu: ["M4 7h16M4 12h16M4 17h16"],
  plus: ["M12 5v14M5 12h14"],
  send: ["M4.500 12 3.500 4.500 21 12 3.500 19.500zM4.500 12H12"],
  sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100"],
  moon: ["M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z"],
  eye: ["M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z", "M12 9.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600z"],
  file: ["M6 3.500h8L18.500 8v12.500H6zM14 3.500V8h4.500", "M9 12.500h6.500M9 16h6.500"],
  download: ["M12 4v11M7.500 11 12 15.500 16.500 11M4.500 19.500h15"],
  open: ["M10 5H5v14h14v-5M13.500 4.500h6v6M19 5l-8.500 8.500"],
  check: ["M5 12.500l4.500 4.500L19 7"],
  chevron: ["M8 10l4 4 4-4"],
  left: ["M14 6l-6 6 6 6"],
  link: ["M10 14a4 4 0 0 0 6 .500l3-3a4 4 0 0 0-5.700-5.700L12 7M14 10a4 4 0 0 0-6-.500l-3 3a4 4 0 0 0 5.700 5.700L12 17"],
  arrow: ["M5 12h13M13 7l5 5-5 5"],
};

/** An icon; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", shape);
    if (name === "dots") path.setAttribute("stroke-width", "3");
    svg.appendChild(path);
  }
  return svg;
}
