// Owns the making of elements. A text becomes a text node; nothing here, or anywhere in the page, makes markup of one.

import { nameParts } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
// Outlines on a field of 20 by 20.
const ICONS = {
  eye: "M1.5 10S4.5 4 10 4s8.500 6 8.500 6-3 6-8.500 6S1.500 10 1.500 10ZM10 12.600a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200Z",
  back: "M12.500 4.500 7 10l5.500 5.500",
  next: "M7.500 4.500 13 10l-5.500 5.500",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M7.500 7.500h8v9h-8zM12.500 7.500v-4h-8v9h3",
  refresh: "M15.800 7.500A6.300 6.300 0 1 0 16.300 10M16 3.500v4h-4",
};

/** The element of the page with that id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * An element. Attributes that are null or false are left out, true is an empty one, and a function is a listener: `{ onclick: () => … }`.
 * Children are nodes, texts, or lists of them; what is null or false is left out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** An icon, which says nothing to a screen reader: whatever it is in has a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" })) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A received text that stands for itself: in its own direction, cut off from what is around it, its unseen characters as escapes. */
export function shown(text, attributes = {}) {
  return el("bdi", attributes, escapedParts(nameParts(text)));
}

/** Parts of a text as nodes; escapes look different from the same characters in the text. */
export function escapedParts(parts) {
  return parts.map((part) => (part.escaped ? el("span", { class: "escape" }, part.text) : part.text));
}

/** A received text as an attribute or a title can have it. */
export function plain(text) {
  return nameParts(text).map((part) => part.text).join("");
}
