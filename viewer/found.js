// Owns the list under a field of what was found for its text.

import { el } from "./dom.js";
import { say } from "./texts.js";

/** @import { Child } from "./dom.js" */

/**
 * What can be picked. `isMeant` is whether the typed text names it in full, and `isGuess` whether
 * it was not found but may be there.
 *
 * @typedef {{
 *   words: (Child | Child[])[],
 *   pick: () => unknown,
 *   isMeant?: boolean,
 *   isGuess?: boolean,
 * }} Choice
 */

/**
 * The list and its field. `below` has sentences under the choices, and `status` is for screen
 * readers. `active` is the place of the choice that Enter picks; -1 is none.
 *
 * @typedef {{
 *   field: HTMLInputElement,
 *   box: HTMLElement,
 *   popup: HTMLElement,
 *   list: HTMLElement,
 *   below: HTMLElement,
 *   status: HTMLElement,
 *   choices: Choice[],
 *   active: number,
 * }} FoundList
 */

/**
 * Makes a field a combobox with a list under it, which is hidden.
 *
 * @param {HTMLInputElement} field
 * @returns {FoundList}
 */
export function newFoundList(field) {
  const listId = `${field.id}-options`;
  const name = document.querySelector(`label[for="${field.id}"]`)?.textContent ?? "";
  const label = say.lookups.listOf(name);
  const list = el("div", { id: listId, role: "listbox", "aria-label": label });
  const below = el("div", { class: "below" });
  const popup = el("div", { class: "options" }, list, below);
  const status = el("p", { class: "hidden", role: "status" });
  const box = el("div", { class: "lookup" });
  popup.hidden = true;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", listId);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.replaceWith(box);
  box.append(field, popup, status);
  return { field, box, popup, list, below, status, choices: [], active: -1 };
}

/**
 * Shows what was found.
 *
 * @param {FoundList} found
 * @param {Choice[]} choices
 * @param {Child[]} under what stands below the choices
 */
export function showChoices(found, choices, ...under) {
  const { list, popup, field, below } = found;
  found.choices = choices;
  const items = choices.map(({ words }, at) =>
    el("div", { id: `${list.id}-${at}`, role: "option", "data-at": at }, ...words),
  );
  list.replaceChildren(...items);
  below.replaceChildren(
    ...under.filter((one) => one !== null && one !== undefined && one !== false),
  );
  popup.hidden = false;
  // A list without options is none for a screen reader, which hears the status.
  list.hidden = items.length === 0;
  field.setAttribute("aria-expanded", String(items.length > 0));
  setActive(found, -1);
}

/**
 * Hides the list.
 *
 * @param {FoundList} found
 */
export function hideChoices(found) {
  found.popup.hidden = true;
  found.status.textContent = "";
  found.field.setAttribute("aria-expanded", "false");
  setActive(found, -1);
}

/**
 * Makes a choice the one that Enter picks.
 *
 * @param {FoundList} found
 * @param {number} at
 */
export function setActive(found, at) {
  found.active = at;
  for (const [place, item] of [...found.list.children].entries()) {
    item.classList.toggle("active", place === at);
    item.setAttribute("aria-selected", String(place === at));
    if (place === at) item.scrollIntoView({ block: "nearest" });
  }
  if (at === -1) found.field.removeAttribute("aria-activedescendant");
  else found.field.setAttribute("aria-activedescendant", `${found.list.id}-${at}`);
}
