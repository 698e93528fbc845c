// Owns the arrow keys: between rows and pages in the list, between entries in the dialog. Enter and
// Esc are left to the browser.

import { byId } from "./dom.js";
import { links } from "./list.js";
import { leads } from "./pager.js";

/** @import { Step } from "./pager.js" */

/** @type {Partial<Record<string, Step>>} */
const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };

/**
 * Listens to the arrow keys. `isAtRest` says whether they belong to the list.
 *
 * @param {{
 *   onEntry: (step: Step) => unknown,
 *   onPage: (step: Step) => unknown,
 *   isAtRest: () => boolean,
 * }} on
 */
export function listenToKeys({ onEntry, onPage, isAtRest }) {
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const isModified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    const { target } = event;
    const isInField = target instanceof Element && target.closest("input, select");
    if (step === undefined || isModified || isInField) return;
    const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (byId("entry").open) {
      if (isSideways) onEntry(step);
    } else if (isAtRest() && isSideways) {
      if (leads(step)) onPage(step);
    } else if (isAtRest() && links().length > 0) {
      event.preventDefault();
      focusRow(step);
    }
  });
}

/** Whether the focus is in a row of the table. */
export function isInRow() {
  return document.activeElement?.closest("#rows tr") !== null;
}

/** @param {Step} step */
function focusRow(step) {
  const rows = links();
  const row = document.activeElement?.closest("tr");
  const at = rows.findIndex((link) => row?.contains(link));
  const start = step > 0 ? 0 : rows.length - 1;
  rows[at === -1 ? start : Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
}
