// Owns the texts that stand in index.html from the start. The page names them there by their place in
// `texts.js`: `data-text="page.export"`. A test compares the names with the texts.

import { LANGUAGE } from "./language.js";
import { say } from "./texts.js";

/** What an attribute with the name of a text sets. */
const PLACES = /** @type {const} */ ({
  text: "",
  title: "title",
  label: "aria-label",
  placeholder: "placeholder",
});

/** Writes the texts into the page, in its language. */
export function writeTexts() {
  document.documentElement.lang = LANGUAGE;
  for (const [place, attribute] of Object.entries(PLACES)) {
    for (const element of document.querySelectorAll(`[data-${place}]`)) {
      const words = textNamed(element.getAttribute(`data-${place}`) ?? "");
      if (attribute === "") element.textContent = words;
      else element.setAttribute(attribute, words);
    }
  }
}

/**
 * The text with that name, for example `page.export`.
 *
 * @param {string} name
 */
function textNamed(name) {
  const [group, key] = name.split(".");
  /** @type {Record<string, Record<string, unknown>>} */
  const groups = say;
  return String(groups[group]?.[key]);
}
