// Owns the keys: the arrows between rows and pages in the list, and between entries in the dialog;
// and the single characters. Enter and Esc are left to the browser.

import { byId } from "./dom.js";
import { hasSingleKeys, openHelp } from "./help.js";
import { links } from "./list.js";
import { leads } from "./pager.js";

/** @import { Step } from "./pager.js" */

/** @type {Partial<Record<string, Step>>} */
const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };
/**
 * The column of the row with the focus in which a key presses the button.
 *
 * @type {Partial<Record<string, "user" | "ip" | "target">>}
 */
const PICKS = { u: "user", a: "ip", t: "target" };

/**
 * Listens to the keys. `isAtRest` says whether they belong to the list.
 *
 * @param {{
 *   onEntry: (step: Step) => unknown,
 *   onPage: (step: Step) => unknown,
 *   isAtRest: () => boolean,
 * }} on
 */
export function listenToKeys({ onEntry, onPage, isAtRest }) {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const isModified = event.altKey || event.ctrlKey || event.metaKey;
    const isInField = target instanceof Element && target.closest("input, select, .picker");
    if (isModified || isInField || byId("help").open) return;
    if (key === "?" && hasSingleKeys()) return openHelp();
    const step = STEPS[key];
    const isSideways = key === "ArrowLeft" || key === "ArrowRight";
    if (event.shiftKey || byId("about").open) return;
    if (byId("entry").open) {
      if (isSideways && step) onEntry(step);
    } else if (!isAtRest()) {
      return;
    } else if (step === undefined) {
      if (pressInRow(key)) event.preventDefault();
    } else if (isSideways) {
      if (leads(step)) onPage(step);
    } else if (links().length > 0) {
      event.preventDefault();
      focusRow(step);
    }
  });
}

/** Whether the focus is in a row of the table. */
export function isInRow() {
  return focusedRow() !== null;
}

/** Focuses the first row; where there is none, what stands in its place. */
export function focusEntries() {
  (links()[0] ?? byId("results")).focus();
}

/** @returns {HTMLTableRowElement | null} */
function focusedRow() {
  return document.activeElement?.closest(/** @type {"tr"} */ ("#rows tr")) ?? null;
}

/** @param {Step} step */
function focusRow(step) {
  const rows = links();
  const row = focusedRow();
  const at = rows.findIndex((link) => row?.contains(link));
  const start = step > 0 ? 0 : rows.length - 1;
  rows[at === -1 ? start : Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
}

/**
 * Does what a key means on the row with the focus, and returns whether it means anything.
 *
 * @param {string} key
 */
function pressInRow(key) {
  const row = focusedRow();
  if (row === null) return false;
  if (key === "Home" || key === "End") {
    links()
      .at(key === "Home" ? 0 : -1)
      ?.focus();
    return true;
  }
  const column = PICKS[key.toLowerCase()];
  if (column === undefined || !hasSingleKeys()) return false;
  /** @type {HTMLButtonElement | null} */
  const button = row.querySelector(`td.${column} .pick`);
  button?.click();
  return true;
}
