// Elements without HTML strings: whatever people typed stays text.

/** Returns an element; attributes of `null` are left out, `on…` are listeners, children may be strings, nodes, arrays or null. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** As `h`, for SVG. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "width%") element.style.setProperty("width", `${value}%`);
    else if (name === "tint") element.style.setProperty("background-color", value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts children in the place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

/** A table with a caption for screen readers; cells of numbers stand right. */
export function table(caption, heads, rows) {
  const cell = (value, tag, scope) => h(tag, { class: typeof value === "number" ? "number" : null, scope }, String(value));
  return h("div", { class: "scroll" }, h("table", {},
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((value) => cell(value, "td")))))));
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
