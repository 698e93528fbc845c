// Owns the menus in which one chooses several names: a button that says what is chosen, and below it
// a list of checkboxes with their counts. It applies while one checks, and stays open meanwhile.
//
// It follows the pattern "Disclosure" of the ARIA Authoring Practices. The arrows move through the
// list as well as the Tab key does; Enter checks what has the focus, and closes the list.

import { MOST_NAMES, choiceOf, choiceText } from "./chosen.js";
import { byId, el, inside, plain } from "./dom.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";

/**
 * @import { Choice } from "./chosen.js"
 */

/** @typedef {"action" | "target_type"} MenuId */

/**
 * A name that a menu offers. Its count is undefined while it is not known.
 *
 * @typedef {{ name: string, label: string, group?: string, count?: number }} Offer
 */

/**
 * The parts of a menu, what it offers, and what is chosen in it.
 *
 * @typedef {{
 *   id: MenuId,
 *   all: string,
 *   button: HTMLButtonElement,
 *   box: HTMLElement,
 *   popup: HTMLElement,
 *   field: HTMLInputElement,
 *   hows: HTMLInputElement[],
 *   list: HTMLElement,
 *   none: HTMLElement,
 *   note: HTMLElement,
 *   offers: Offer[],
 *   choice: Choice,
 *   applying: ReturnType<typeof setTimeout> | undefined,
 *   onChange: (text: string) => unknown,
 * }} Menu
 */

/** The most names that need no field to find one. */
const FEW_NAMES = 10;
/** How long to wait for the next check before the list is fetched. */
const CHECKING_MS = 300;
/** @type {Map<string, Menu>} */
const menus = new Map();
/** @type {Partial<Record<string, 1 | -1>>} */
const MENU_STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Makes a menu of the button with that id. To be called once for each.
 *
 * @param {MenuId} id
 * @param {string} all what the button says if nothing is chosen
 * @param {(text: string) => unknown} onChange called with the choice as a text
 */
export function listenToMenu(id, all, onChange) {
  const button = byId(id);
  const [find, label] = [say.filters.find, `${id}-label`];
  const field = el("input", { type: "search", "aria-label": find, placeholder: find });
  for (const name of ["autocomplete", "autocapitalize"]) field.setAttribute(name, "off");
  const hows = ["only", "without"].map((value) =>
    el("input", { type: "radio", name: `${id}-how`, value }),
  );
  const list = el("div", { class: "choices" });
  const none = el("p", { class: "quiet", role: "status" });
  const note = el("p", { class: "quiet", role: "status" });
  const clear = { type: "button", class: "pick strong", onclick: () => setNames(menu, []) };
  const popup = el(
    "div",
    { id: `${id}-list`, class: "options", role: "group", "aria-labelledby": label, hidden: true },
    el(
      "div",
      { class: "hows" },
      el("label", { class: "choice" }, hows[0], say.filters.onlyThese),
      el("label", { class: "choice" }, hows[1], say.filters.allButThese),
      el("button", clear, say.filters.clearChoice),
    ),
    field,
    note,
    none,
    list,
  );
  const box = el("div", { class: "picker" });
  button.replaceWith(box);
  box.append(button, popup);
  button.setAttribute("aria-controls", popup.id);
  const choice = choiceOf("");
  /** @type {Menu} */
  const menu = {
    ...{ id, all, button, box, popup, field, hows, list, none, note },
    ...{ offers: [], choice, applying: undefined, onChange },
  };
  menus.set(id, menu);
  listenIn(menu);
}

/**
 * Shows a choice in a menu, and what there is to choose from. While somebody checks, what is checked
 * stays.
 *
 * @param {MenuId} id
 * @param {string} text
 * @param {Offer[]} offers
 */
export function showMenu(id, text, offers) {
  const menu = menus.get(id);
  if (menu === undefined) return;
  if (menu.applying === undefined) {
    const choice = choiceOf(text);
    const isEmptied = isOpen(menu) && choice.names.length === 0;
    menu.choice = { ...choice, isWithout: isEmptied ? menu.choice.isWithout : choice.isWithout };
  }
  const names = new Set(offers.map(({ name }) => name));
  const hasCounts = offers.some(({ count }) => count !== undefined);
  // What one sees does not vanish under the pointer.
  const others = isOpen(menu) ? menu.offers.filter(({ name }) => !names.has(name)) : [];
  const count = hasCounts ? 0 : undefined;
  menu.offers = [...offers, ...others.map((one) => ({ ...one, count }))];
  showChosen(menu);
  if (isOpen(menu)) fillMenu(menu);
}

/** Drops what was checked and is not applied yet, because the browser went to another view. */
export function forgetChecking() {
  for (const menu of menus.values()) {
    clearTimeout(menu.applying);
    menu.applying = undefined;
    const hadFocus = menu.popup.contains(document.activeElement);
    closeMenu(menu);
    if (hadFocus) menu.button.focus();
  }
}

/** @param {Menu} menu */
function isOpen({ popup }) {
  return !popup.hidden;
}

/** @param {Menu} menu */
function listenIn(menu) {
  const { button, box, popup, field, hows } = menu;
  button.addEventListener("click", () => (isOpen(menu) ? closeMenu(menu) : openMenu(menu)));
  field.addEventListener("input", () => narrow(menu));
  box.addEventListener("keydown", (event) => pressInMenu(menu, event));
  popup.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target === field) return;
    const { names } = menu.choice;
    if (target.type === "radio") {
      menu.choice.isWithout = hows[1].checked;
      if (names.length > 0) applySoon(menu);
    } else {
      const others = names.filter((name) => name !== target.value);
      setNames(menu, target.checked ? [...others, target.value] : others);
    }
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !box.contains(relatedTarget)) closeMenu(menu);
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (isOpen(menu) && target instanceof Node && !box.contains(target)) closeMenu(menu);
  });
}

/**
 * @param {Menu} menu
 * @param {KeyboardEvent} event
 */
function pressInMenu(menu, event) {
  const { target, key } = event;
  const { button, field } = menu;
  const step = MENU_STEPS[key];
  const isRadio = target instanceof HTMLInputElement && target.type === "radio";
  if (event.isComposing || (step !== undefined && isRadio)) return;
  if (step !== undefined) {
    if (!isOpen(menu)) openMenu(menu);
    else moveFocus(menu, step);
  } else if (isOpen(menu) && key === "Escape") {
    closeMenu(menu);
    button.focus();
  } else if (isOpen(menu) && key === "Enter" && target instanceof HTMLInputElement) {
    const typed = target === field && field.value.trim() !== "" ? boxesIn(menu)[0] : undefined;
    const chosen = target.type === "checkbox" ? target : typed;
    if (chosen && !chosen.checked && !chosen.disabled) chosen.click();
    if (target === field && field.value.trim() !== "" && chosen === undefined) return;
    closeMenu(menu);
    button.focus();
  } else {
    return;
  }
  // Neither the list of entries nor the form around means these keys.
  event.preventDefault();
  event.stopPropagation();
}

/**
 * The checkboxes that can be seen.
 *
 * @param {Menu} menu
 */
function boxesIn({ list }) {
  return [...list.querySelectorAll("input")].filter((one) => !one.closest("[hidden]"));
}

/**
 * @param {Menu} menu
 * @param {1 | -1} step
 */
function moveFocus(menu, step) {
  const stops = [...(menu.field.hidden ? [] : [menu.field]), ...boxesIn(menu)];
  const at = stops.findIndex((one) => one === document.activeElement);
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
}

/** @param {Menu} menu */
function openMenu(menu) {
  menu.popup.hidden = false;
  menu.button.setAttribute("aria-expanded", "true");
  menu.field.hidden = menu.offers.length <= FEW_NAMES;
  fillMenu(menu);
  const checked = boxesIn(menu).find((one) => one.checked);
  checked?.scrollIntoView({ block: "nearest" });
  // On a phone, a field with the focus would cover the list with the keyboard.
  const isTypedIn = !menu.field.hidden && matchMedia("screen and (pointer: fine)").matches;
  (isTypedIn ? menu.field : (checked ?? boxesIn(menu)[0] ?? menu.hows[0])).focus();
}

/** @param {Menu} menu */
function closeMenu(menu) {
  if (!isOpen(menu)) return;
  menu.popup.hidden = true;
  menu.button.setAttribute("aria-expanded", "false");
  menu.field.value = "";
  menu.list.replaceChildren();
  if (menu.applying !== undefined) apply(menu);
  else if (menu.choice.names.length === 0) menu.choice.isWithout = false;
}

/**
 * @param {Menu} menu
 * @param {string[]} names
 */
function setNames(menu, names) {
  menu.choice.names = names;
  fillMenu(menu);
  applySoon(menu);
}

/** @param {Menu} menu */
function applySoon(menu) {
  showChosen(menu);
  clearTimeout(menu.applying);
  menu.applying = setTimeout(() => apply(menu), CHECKING_MS);
}

/** @param {Menu} menu */
function apply(menu) {
  clearTimeout(menu.applying);
  menu.applying = undefined;
  menu.onChange(choiceText(menu.choice));
}

/**
 * Says on the button what is chosen: the first name, and how many more. Its title has them all, and
 * its value the names.
 *
 * @param {Menu} menu
 */
function showChosen({ button, all, offers, choice: { names, isWithout } }) {
  const labels = new Map(offers.map(({ name, label }) => [name, plain(label)]));
  const chosen = names.map((name) => labels.get(name) ?? plain(name));
  const some = chosen.length > 1 ? say.filters.several(chosen[0], chosen.length - 1) : chosen[0];
  const words = isWithout && some ? say.filters.allBut(some) : some;
  inside(button, "span").textContent = words ?? all;
  const list = chosen.join(", ");
  button.title = isWithout && some ? say.filters.allBut(list) : list;
  button.value = choiceText({ names, isWithout });
  button.classList.toggle("set", names.length > 0);
}

/**
 * Shows in the list what the menu offers, and what is checked. What is there stays, so that the
 * focus does.
 *
 * @param {Menu} menu
 */
function fillMenu(menu) {
  const { list, offers, hows, choice } = menu;
  const present = new Map([...list.querySelectorAll("input")].map((one) => [one.value, one]));
  if (offers.some(({ name }) => !present.has(name))) {
    const focused = document.activeElement;
    const top = list.scrollTop;
    list.replaceChildren(...groupsOf(offers));
    list.scrollTop = top;
    for (const one of list.querySelectorAll("input")) {
      if (focused !== null && focused === present.get(one.value)) one.focus();
      present.set(one.value, one);
    }
  }
  const isFull = choice.names.length >= MOST_NAMES;
  for (const { name, count } of offers) {
    const one = present.get(name);
    if (one === undefined) continue;
    one.checked = choice.names.includes(name);
    one.disabled = isFull && !one.checked;
    const words = count === undefined ? "" : ` (${grouped(count)})`;
    const place = one.parentElement?.querySelector(".quiet");
    if (place) place.textContent = words;
  }
  hows[choice.isWithout ? 1 : 0].checked = true;
  menu.note.textContent = isFull ? say.filters.most(MOST_NAMES) : "";
  narrow(menu);
}

/** @param {Offer[]} offers */
function groupsOf(offers) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const { name, label, group = "" } of offers) {
    const items = groups.get(group) ?? [];
    groups.set(group, items);
    const words = el("span", {}, plain(label), el("span", { class: "quiet" }));
    const input = el("input", { type: "checkbox", value: name });
    items.push(el("label", { class: "choice" }, input, words));
  }
  return [...groups].flatMap(([name, items]) => {
    const title = el("div", { class: "group-name", "aria-hidden": "true" }, name);
    return name === "" ? items : [el("div", { role: "group", "aria-label": name }, title, items)];
  });
}

/**
 * Leaves in the list what has all words that were typed: in its label, its name or its group.
 *
 * @param {Menu} menu
 */
function narrow({ field, list, none }) {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of list.querySelectorAll("label")) {
    const group = item.closest("[role=group]")?.getAttribute("aria-label") ?? "";
    const name = item.querySelector("input")?.value ?? "";
    const text = `${item.textContent} ${name} ${group}`.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
  /** @type {NodeListOf<HTMLElement>} */
  const groups = list.querySelectorAll("[role=group]");
  for (const group of groups) group.hidden = group.querySelector("label:not([hidden])") === null;
  const isEmpty = list.querySelector("label:not([hidden])") === null;
  none.textContent = isEmpty ? say.filters.noneFound : "";
}
