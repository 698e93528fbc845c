// Owns the searchable menu that stands in for a select with many options: whoever types sees only
// the options with these words. The select keeps the options and the choice.
//
// It follows the pattern "Combobox" of the ARIA Authoring Practices: the focus stays in the field,
// and `aria-activedescendant` names the option that Enter chooses.

import { el } from "./dom.js";
import { say } from "./texts.js";

/**
 * The parts of a picker. `active` is the place of an option in `found`; -1 is none.
 *
 * @typedef {{
 *   select: HTMLSelectElement,
 *   box: HTMLElement,
 *   field: HTMLInputElement,
 *   popup: HTMLElement,
 *   list: HTMLElement,
 *   found: HTMLOptionElement[],
 *   active: number,
 * }} Picker
 */

/** The most options, beside the one for all, that need no search. */
const FEW_OPTIONS = 15;
/** @type {Map<HTMLSelectElement, Picker>} */
const pickers = new Map();
/** @type {Partial<Record<string, 1 | -1>>} */
const PICKER_STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Shows a select as it is, or a picker in its place if it has many options.
 *
 * @param {HTMLSelectElement} select its first option stands for no choice
 */
export function showPicker(select) {
  const isNeeded = select.options.length - 1 > FEW_OPTIONS;
  if (!isNeeded && !pickers.has(select)) return;
  const picker = pickers.get(select) ?? newPicker(select);
  const { box, field } = picker;
  const hadFocus = document.activeElement === (isNeeded ? select : field);
  select.hidden = isNeeded;
  box.hidden = !isNeeded;
  const label = box.parentElement?.querySelector("label");
  label?.setAttribute("for", isNeeded ? field.id : select.id);
  if (hadFocus) focusMenu(select.id);
  field.placeholder = select.options[0].text;
  if (isOpen(picker)) fillPicker(picker);
  else showChosen(picker);
}

/**
 * Focuses a menu: the select, or the picker in its place.
 *
 * @param {string} id the select's
 */
export function focusMenu(id) {
  const select = document.getElementById(id);
  const picker = [...pickers.values()].find((one) => one.select === select);
  if (picker && !picker.box.hidden) picker.field.focus();
  else select?.focus();
}

/** @param {HTMLSelectElement} select */
function newPicker(select) {
  const listId = `${select.id}-options`;
  const list = el("div", { id: listId, role: "listbox" });
  const popup = el("div", { class: "options" }, list);
  const field = el("input", {
    id: `${select.id}-search`,
    type: "search",
    role: "combobox",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    autocomplete: "off",
    spellcheck: "false",
  });
  const box = el("div", { class: "picker" }, field, popup);
  const label = select.parentElement?.querySelector("label")?.textContent ?? "";
  list.setAttribute("aria-label", label);
  popup.hidden = true;
  select.after(box);
  /** @type {Picker} */
  const picker = { select, box, field, popup, list, found: [], active: -1 };
  listenToPicker(picker);
  pickers.set(select, picker);
  return picker;
}

/** @param {Picker} picker */
function listenToPicker(picker) {
  const { field, popup, list } = picker;
  field.addEventListener("click", () => isOpen(picker) || openPicker(picker));
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => openPicker(picker, field.value));
  field.addEventListener("keydown", (event) => pressInPicker(picker, event));
  field.addEventListener("blur", () => {
    // Whoever empties the field wants no filter.
    if (field.value.trim() === "" && picker.select.value !== "")
      choose(picker, picker.select.options[0]);
    closePicker(picker);
  });
  // The focus stays in the field, so that the list does not close before the click.
  popup.addEventListener("pointerdown", (event) => event.preventDefault());
  popup.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const at = /** @type {Element} */ (event.target).closest("[role=option]");
    const found = at && picker.found[Number(at.getAttribute("data-at"))];
    if (found) choose(picker, found);
  });
}

/**
 * @param {Picker} picker
 * @param {KeyboardEvent} event
 */
function pressInPicker(picker, event) {
  const step = PICKER_STEPS[event.key];
  if (event.isComposing) return;
  if (step !== undefined) {
    event.preventDefault();
    if (isOpen(picker)) activate(picker, picker.active + step);
    else openPicker(picker);
  } else if (isOpen(picker) && (event.key === "Enter" || event.key === "Escape")) {
    event.preventDefault();
    const found = picker.found[picker.active];
    if (event.key === "Enter" && found) choose(picker, found);
    else closePicker(picker);
  }
}

/** @param {Picker} picker */
function isOpen({ popup }) {
  return !popup.hidden;
}

/**
 * Opens the list with the options that have all words of a text.
 *
 * @param {Picker} picker
 */
function openPicker(picker, typed = "") {
  picker.popup.hidden = false;
  picker.field.setAttribute("aria-expanded", "true");
  picker.popup.dataset.typed = typed;
  fillPicker(picker);
}

/** @param {Picker} picker */
function fillPicker(picker) {
  const { select, popup, list } = picker;
  const typed = popup.dataset.typed ?? "";
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  picker.found = [...select.options].filter((option) => {
    const text = `${option.text} ${option.value} ${groupOf(option)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  picker.found.forEach((option, at) => {
    const items = groups.get(groupOf(option)) ?? [];
    groups.set(groupOf(option), items);
    items.push(itemFor(picker, option, at));
  });
  const children = [...groups].flatMap(([name, items]) =>
    name === ""
      ? items
      : [el("div", { role: "group", "aria-label": name }, groupName(name), items)],
  );
  list.replaceChildren(...children);
  popup.querySelector("p")?.remove();
  if (picker.found.length === 0)
    popup.append(el("p", { class: "quiet", role: "status" }, say.filters.noneFound));
  const chosen = picker.found.findIndex((option) => option.selected);
  activate(picker, words.length > 0 || chosen === -1 ? 0 : chosen);
}

/** @param {string} name */
function groupName(name) {
  return el("div", { class: "group-name", "aria-hidden": "true" }, name);
}

/**
 * @param {Picker} picker
 * @param {HTMLOptionElement} option
 * @param {number} at
 */
function itemFor({ list }, option, at) {
  const attributes = { id: `${list.id}-${at}`, role: "option", "data-at": at };
  return el("div", { ...attributes, "aria-selected": String(option.selected) }, option.text);
}

/** @param {HTMLOptionElement} option */
function groupOf(option) {
  return option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : "";
}

/**
 * Makes an option the one that Enter chooses.
 *
 * @param {Picker} picker
 * @param {number} at
 */
function activate(picker, at) {
  const { list, field, found } = picker;
  picker.active = Math.min(Math.max(at, 0), found.length - 1);
  list.querySelector(".active")?.classList.remove("active");
  const item = list.querySelector(`[data-at="${picker.active}"]`);
  item?.classList.add("active");
  item?.scrollIntoView({ block: "nearest" });
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
}

/**
 * @param {Picker} picker
 * @param {HTMLOptionElement} option
 */
function choose(picker, option) {
  const { select } = picker;
  select.value = option.value;
  closePicker(picker);
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {Picker} picker */
function closePicker(picker) {
  picker.popup.hidden = true;
  picker.field.setAttribute("aria-expanded", "false");
  picker.field.removeAttribute("aria-activedescendant");
  showChosen(picker);
}

/** @param {Picker} picker */
function showChosen({ select, field }) {
  const chosen = select.selectedOptions[0];
  field.value = select.value === "" ? "" : (chosen?.text ?? select.value);
}
