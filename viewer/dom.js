// Owns the creation of elements. Text only ever becomes a text node: neither this module nor any
// other parses text as markup.

import { nameParts } from "./text.js";

/**
 * @import { PageElements } from "./elements.d.ts"
 * @import { TextPart } from "./text.js"
 */

/**
 * @typedef {string | number | boolean | null | undefined} Attribute
 * @typedef {(event: MouseEvent) => unknown} OnClick
 * @typedef {Node | string | false | null | undefined} Child
 */

const SVG = "http://www.w3.org/2000/svg";
// Outlines in a square of 20 by 20.
const ICONS = {
  eye: "M1.5 10S4.5 4 10 4s8.500 6 8.500 6-3 6-8.500 6S1.500 10 1.500 10ZM10 12.600a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200Z",
  back: "M12.500 4.500 7 10l5.500 5.500",
  next: "M7.500 4.500 13 10l-5.500 5.500",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M7.500 7.500h8v9h-8zM12.500 7.500v-4h-8v9h3",
  only: "M3 4.500h14l-5.500 6.500v5l-3-1.500v-3.500z",
  without: "M3 4.500h14l-5.500 6.500v5l-3-1.500v-3.500zM3.500 17.500l13-15",
  refresh: "M15.800 7.500A6.300 6.300 0 1 0 16.300 10M16 3.500v4h-4",
};

/**
 * The element of the page with that id.
 *
 * @template {keyof PageElements} Id
 * @param {Id} id
 */
export function byId(id) {
  // A test compares the ids and tags of `PageElements` with the page.
  return /** @type {PageElements[Id]} */ (document.getElementById(id));
}

/**
 * The first element of that tag inside another, which must have one.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 */
export function inside(parent, tag) {
  const found = parent.querySelector(tag);
  if (found === null) throw new Error(`there is no ${tag} here`);
  return found;
}

/**
 * A new element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute | OnClick>} attributes null, undefined and false are left out,
 *   true is an empty attribute, and a function, named `onclick`, listens to clicks
 * @param {(Child | Child[])[]} children null, undefined and false are left out
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function")
      /** @type {HTMLElement} */ (element).addEventListener("click", value);
    else if (value !== null && value !== false && value !== undefined)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  const present = children
    .flat()
    .filter((child) => child !== null && child !== false && child !== undefined);
  element.append(...present);
  return element;
}

/**
 * An icon. It is hidden from screen readers: the control around it has a name.
 *
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * A received text: isolated from the direction of the text around it, with its invisible characters
 * as escapes.
 *
 * @param {string} text
 * @param {Record<string, Attribute>} attributes
 */
export function shown(text, attributes = {}) {
  return el("bdi", attributes, escapedParts(nameParts(text)));
}

/**
 * The parts of a text as nodes. An escape looks different from the same characters in the text.
 *
 * @param {TextPart[]} parts
 */
export function escapedParts(parts) {
  return parts.map((part) =>
    part.escaped ? el("span", { class: "escape" }, part.text) : part.text,
  );
}

/**
 * A received text for places that hold no elements, such as a title.
 *
 * @param {string} text
 */
export function plain(text) {
  return nameParts(text)
    .map((part) => part.text)
    .join("");
}
